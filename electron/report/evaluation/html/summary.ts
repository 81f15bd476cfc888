import { ComparisonKind } from '../../../contract/comparisons.ts';
import type { EvaluateReply, SiteCost } from '../../../contract/evaluation.ts';
import type { ModelComparison, ReportData } from '../../../contract/report.ts';
import { html, type Markup } from '../../page/markup.ts';
import { conditionWord, labelWord, money, type View } from './view.ts';

/** What came out, in plain words. */
export function summary(view: View): Markup {
  const { data, texts, format } = view;
  const [reference, ...others] = data.models;
  const lines = others.length === 0 ? alone(reference!.name, reference!.evaluation, view) : [];
  const compared = data.comparisons
    .filter((comparison) => isTelling(comparison, data.models))
    .map((comparison) => html`<li>${texts.sentences(comparedWords(comparison, view))}</li>`);
  const { images, unreadable } = reference!.evaluation;
  const all = [...images, ...unreadable];
  const good = all.filter(({ label }) => label === 'ok').length;
  const count = texts.summary.images(
    ...([all.length, good, all.length - good].map(format.count) as [string, string, string]),
  );
  const cautions = cautionsOf(view);
  return html`<section class="summary">
    <h2>${texts.sections.summary}</h2>
    <ul class="verdict">
      ${lines.map((line) => html`<li>${line}</li>`)}${compared}
    </ul>
    <p class="soft">${texts.sentences([count, mixWords(view)])}</p>
    ${
      cautions.length === 0
        ? null
        : html`<div class="caution">
            <h3>▲ ${texts.summary.cautions}</h3>
            <ul>
              ${cautions.map((caution) => html`<li>${caution}</li>`)}
            </ul>
          </div>`
    }
  </section>`;
}

/**
 * A model is held against the first, and what a retraining has made against what thresholds alone are worth too; its
 * controls against it.
 */
function isTelling({ first, second }: ModelComparison, models: ReportData['models']): boolean {
  const [before, after] = [models[first]!.role, models[second]!.role];
  if (ComparisonKind.safeParse(after).success) return before === 'candidate';
  return first === 0 || before === 'rethresholded';
}

function alone(name: string, { cost, cleanAccuracy }: EvaluateReply, view: View): string[] {
  const { texts, format } = view;
  const lines: string[] = [];
  if (cost) {
    const [low, high] = cost.interval ?? [cost.value, cost.value];
    const amounts = [cost.value, low, high].map((value) => money(value, view)) as [string, string, string];
    lines.push(texts.sentences([texts.summary.cost(name, ...amounts), ratesOf(cost, view)]));
  } else {
    lines.push(texts.summary.noCost);
  }
  if (cleanAccuracy) {
    const { value, interval } = cleanAccuracy;
    const shares = [value, ...interval].map(format.percent) as [string, string, string];
    lines.push(texts.summary.accuracy(name, ...shares));
  }
  return lines;
}

function ratesOf(cost: NonNullable<EvaluateReply['cost']>, { texts, format }: View): string {
  return texts.summary.rates(format.percent(cost.falseAlarmRate), format.percent(cost.escapeRate));
}

function comparedWords({ first, second, cost, counts }: ModelComparison, view: View): string[] {
  const { data, texts, format } = view;
  const [before, after] = [data.models[first]!, data.models[second]!];
  const words: string[] = [];
  if (cost) {
    const { difference, interval } = cost;
    const [low, high] = interval;
    // Parts that all turn out alike have an interval without width, however few they are.
    const isUntold = low === high && isOfFew(after.evaluation);
    const kind = isUntold ? 'unclear' : high < 0 ? 'cheaper' : low > 0 ? 'dearer' : 'unclear';
    const ends = kind === 'cheaper' ? [-difference, -high, -low] : [difference, low, high];
    const amounts = ends.map((value) => money(value, view)) as [string, string, string];
    words.push(texts.summary[kind](after.name, before.name, ...amounts));
  }
  const [was, is] = [before.evaluation.cost, after.evaluation.cost];
  const shares = [before, after].map(({ evaluation }) => format.percent(evaluation.cleanAccuracy?.value));
  if (!was || !is) {
    words.push(texts.summary.noCost, texts.summary.accuracyFrom(...(shares as [string, string])));
  } else {
    const pair = (pick: (cost: SiteCost) => number | null): [string, string] => [
      format.percent(pick(was)),
      format.percent(pick(is)),
    ];
    const falseAlarms = pair(({ falseAlarmRate }) => falseAlarmRate);
    const escapes = pair(({ escapeRate }) => escapeRate);
    words.push(texts.summary.ratesFrom(falseAlarms, escapes));
  }
  const clean = counts.find(({ condition }) => condition === 'clean');
  const isUnchanged = !clean || clean.better + clean.worse === 0;
  words.push(
    isUnchanged
      ? texts.summary.unchanged
      : texts.summary.changed(format.count(clean.better), format.count(clean.worse)),
  );
  return words;
}

function isOfFew({ cost }: EvaluateReply): boolean {
  return cost?.claims.some(({ kind }) => kind === 'fewParts') ?? false;
}

function mixWords(view: View): string {
  const { data, texts, format } = view;
  const mix = Object.entries(data.settings.site).filter(([, weight]) => weight > 0);
  if (mix.length === 1 && mix[0]![0] === 'clean') return texts.summary.usualMix;
  const words = mix.map(([name, weight]) => `${conditionWord(name, view)} ${format.percent(weight)}`);
  return texts.summary.mix(texts.list(words));
}

/** What forbids to take the figures at their word: signs of flattery, limits not kept, and what was not tried. */
function cautionsOf(view: View): string[] {
  const { data, texts, format } = view;
  const sayers = new Map<string, string[]>();
  for (const { name, evaluation } of data.models) {
    for (const caution of new Set(cautionsAbout(evaluation, view))) {
      sayers.set(caution, [...(sayers.get(caution) ?? []), name]);
    }
  }
  const { claims } = data.models[0]!.evaluation.cost ?? { claims: [] };
  const few = claims.flatMap((claim) => (claim.kind === 'fewParts' ? [claim] : []));
  const list = few.map(({ label, parts }) => `${labelWord(label, view)} ${format.count(parts)}`);
  const { unreadable } = data.models[0]!.evaluation;
  return [
    ...(unreadable.length === 0 ? [] : [texts.summary.unreadable(format.count(unreadable.length))]),
    ...[...sayers].map(([caution, names]) =>
      names.length === data.models.length ? caution : `${texts.list(names)}: ${caution}`,
    ),
    ...(few.length === 0 ? [] : [texts.summary.fewParts(texts.list(list), format.count(few[0]!.enough))]),
  ];
}

function cautionsAbout({ flags, cost, unmet }: EvaluateReply, { texts, format }: View): string[] {
  return [
    ...flags.map(({ kind, images, of }) =>
      texts.flagged(texts.flags[kind], format.count(images), format.count(of)),
    ),
    ...unmet.map(({ ceiling, type, limit, reached }) => {
      const inWords = ceiling === 'latencyP99Ms' ? format.milliseconds : format.percent;
      const words = { ceiling, type, limit: inWords(limit), reached: inWords(reached) };
      return `${texts.details.unmet}: ${texts.unmet(words)}`;
    }),
    ...(cost?.claims ?? []).flatMap((claim) =>
      claim.kind === 'bound' || claim.kind === 'fewParts' ? [] : [texts.claim(claim, format.percent)],
    ),
  ];
}
