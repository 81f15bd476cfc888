import { oneIn } from '../../contract/chances.ts';
import type { Share } from '../../contract/lineRates.ts';
import type { ArmFigures, Gate } from '../../contract/rollout.ts';
import type { ArmRates, PhaseRecord } from '../../contract/rolloutRecord.ts';
import { html, type Content, type Markup } from '../page/markup.ts';
import { evidenceChart } from './evidenceChart.ts';
import { figureNames, type FigureName } from './texts/texts.ts';
import { guardWord, type View } from './view.ts';

const arms = ['current', 'candidate'] as const;

/** What one phase has shown. */
export function phaseSection(record: PhaseRecord, view: View): Markup {
  const { texts } = view;
  const { phase, figures } = record;
  const content =
    figures.candidate.parts === 0
      ? html`<p>${texts.noParts}</p>`
      : html`<ul class="verdict">
            ${claims(record, view).map((sentence) => html`<li>${sentence}</li>`)}
          </ul>
          ${armTable(record, view)}`;
  return html`<section data-phase="${phase}">
    <h2>${texts.state[phase]}</h2>
    ${content} ${gateList(record, view)} ${evidenceChart(record, view)} ${guardList(record, view)}
  </section>`;
}

/** What is shown, in words. */
export function claims({ phase, figures, gates }: PhaseRecord, { texts, format }: View): string[] {
  const { current, candidate } = figures;
  const rate = ({ falseAlarms, parts }: ArmFigures) => (parts === 0 ? null : falseAlarms / parts);
  const said = texts.claim[phase]({
    ...{ parts: format.count(candidate.parts), currentParts: format.count(current.parts) },
    ...{ current: format.percent(rate(current)), candidate: format.percent(rate(candidate)) },
  });
  const provisional =
    candidate.unconfirmed > 0 ? [texts.provisional(format.count(candidate.unconfirmed))] : [];
  const gate = <Kind extends Gate['kind']>(kind: Kind) =>
    gates.find((each): each is Extract<Gate, { kind: Kind }> => each.kind === kind);
  const [fewer, escapes] = [gate('falseAlarms'), gate('escapes')];
  if (!fewer || !escapes) return [said, ...provisional];
  const luck = oneIn(fewer.chance);
  const isFewer = (rate(candidate) ?? 0) < (rate(current) ?? 0);
  const shown = luck === null ? texts.mayBeChance : texts.luck(format.count(luck));
  const wrong = oneIn(escapes.chance);
  return [
    `${said} ${isFewer ? shown : texts.notFewer}`,
    wrong === null ? texts.escapesOpen : texts.escapes(format.percent(escapes.margin), format.count(wrong)),
    ...provisional,
  ];
}

function armTable({ figures, rates, phase }: PhaseRecord, { texts, format }: View): Markup {
  const share = (given: Share | null) =>
    given &&
    html`<small
      >${format.percent(given.value)}
      (${texts.interval(format.percent(given.interval[0]), format.percent(given.interval[1]))})</small
    >`;
  const cell = (name: FigureName, arm: ArmFigures, of: ArmRates): Content => {
    if (name === 'p95') return arm.p95Ms === null ? texts.none : format.milliseconds(arm.p95Ms);
    if (name === 'escapes') {
      const found = texts.lookedAt(format.count(arm.escapes), format.count(arm.audited));
      return [found, share(of.escapes)];
    }
    const count = format.count(arm[name]);
    return name === 'ng' || name === 'review' || name === 'falseAlarms' ? [count, share(of[name])] : count;
  };
  return html`<table class="figures">
      <caption>
        ${texts.figures}
      </caption>
      <thead>
        <tr>
          <th scope="col">${texts.figure}</th>
          ${arms.map((arm) => html`<th scope="col">${texts.arms[arm]}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${figureNames.map(
          (name) =>
            html`<tr data-figure="${name}">
              <th scope="row">${texts.figureNames[name]}</th>
              ${arms.map((arm) => html`<td>${cell(name, figures[arm], rates[arm])}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
    ${phase === 'verification' ? html`<p>${texts.disagreed(format.count(figures.disagreements))}</p>` : null}
    ${figures.missing > 0 ? html`<p class="soft">${texts.missing(format.count(figures.missing))}</p>` : null}`;
}

const shapes = { met: '○', open: '△', failed: '✕', calm: '○', watch: '△', tripped: '✕' } as const;
const looks = {
  met: 'OK',
  open: 'REVIEW',
  failed: 'NG',
  calm: 'OK',
  watch: 'REVIEW',
  tripped: 'NG',
} as const;

function stateWord(state: keyof typeof shapes, word: string): Markup {
  return html`<b class="verdict-${looks[state]}">${shapes[state]} ${word}</b>`;
}

function gateList({ gates, isSigned }: PhaseRecord, view: View): Markup | null {
  const { texts } = view;
  if (gates.length === 0) return null;
  return html`<section class="keep">
    <h4>${texts.gates}</h4>
    <p class="soft">${isSigned ? texts.gatesSigned : texts.gatesNow}</p>
    <dl>
      ${gates.map(
        (gate) =>
          html`<div data-gate="${gate.kind}">
            <dt>${stateWord(gate.state, texts.gateStates[gate.state])}</dt>
            <dd>${gateWords(gate, view)}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

/** Below this, one decimal of a percentage says nothing. */
const leastSaid = 0.001;

function gateWords(gate: Gate, { texts, format }: View): string {
  const words = texts.gate;
  const chance = (value: number) =>
    value < leastSaid ? texts.below(format.percent(leastSaid)) : format.percent(value);
  switch (gate.kind) {
    case 'parts':
      return words.parts(format.count(gate.have), format.count(gate.need));
    case 'days':
      return words.days(format.amount(Math.round(10 * gate.have) / 10), format.amount(gate.need));
    case 'coverage':
    case 'share':
      return words[gate.kind](format.percent(gate.have), format.percent(gate.need));
    case 'falseAlarms':
      return words.falseAlarms(chance(gate.chance), format.percent(gate.alpha));
    case 'escapes':
      return words.escapes(format.percent(gate.margin), chance(gate.chance), format.percent(gate.alpha));
    case 'latency':
      return words.latency(
        gate.have === null ? texts.none : format.milliseconds(gate.have),
        format.milliseconds(gate.need),
      );
    case 'robustness':
      if (gate.report === null) return words.robustnessNone;
      return gate.state === 'failed' ? words.robustnessFailed(gate.report) : words.robustness(gate.report);
  }
}

function guardList({ guards, toMs }: PhaseRecord, view: View): Markup | null {
  const { texts } = view;
  if (guards.length === 0) return null;
  return html`<section class="keep">
    <h4>${texts.guards}</h4>
    ${toMs === null ? null : html`<p class="soft">${texts.guardsKept}</p>`}
    <dl>
      ${guards.map(
        ({ kind, state }) =>
          html`<div data-guard="${kind}">
            <dt>${stateWord(state, texts.guardStates[state])}</dt>
            <dd>${guardWord(kind, view)}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}
