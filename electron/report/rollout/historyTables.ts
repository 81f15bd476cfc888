import { isJudging, type RolloutStep } from '../../contract/rollout.ts';
import type { PhaseRecord } from '../../contract/rolloutRecord.ts';
import { html, type Markup } from '../page/markup.ts';
import type { ReportedAction } from './texts/texts.ts';
import { actorWord, guardWord, type View } from './view.ts';

/** The phases with their dates, and who signed for the next one. */
export function phaseTable(view: View): Markup {
  const { report, texts, format } = view;
  if (report.phases.length === 0) return html`<p>${texts.neverBegan}</p>`;
  return html`<section>
    <h2>${texts.phases}</h2>
    <table class="log">
      <thead>
        <tr>
          ${[texts.phase, texts.from, texts.to, texts.left].map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${report.phases.map(
          (record) =>
            html`<tr>
              <th scope="row" class="whole">${texts.state[record.phase]}</th>
              <td>${format.dateTime(record.fromMs)}</td>
              <td>${record.toMs === null ? texts.none : format.dateTime(record.toMs)}</td>
              <td>${howLeft(record, view)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function howLeft({ phase, toMs }: PhaseRecord, view: View): string {
  const { report, texts } = view;
  const entered = report.steps.findIndex(({ state }) => state === phase);
  const left = report.steps.find(({ state }, at) => at > entered && state !== phase);
  if (toMs === null || !left) return texts.underWay;
  const state = texts.state[left.state];
  if (left.guard) return texts.byGuard(state, guardWord(left.guard, view));
  const actor = actorWord(left.actor, view);
  return isJudging(left.state) ? texts.signed(actor, left.reason) : texts.wentOn(state, actor, left.reason);
}

/** Every change of state or share, with the guard that made it. */
export function historyTable(view: View): Markup | null {
  const { report, texts, format } = view;
  const { steps } = report;
  if (steps.length === 0) return null;
  return html`<section data-history>
    <h2>${texts.history}</h2>
    <table class="log">
      <thead>
        <tr>
          ${[texts.time, texts.event, texts.who, texts.reason].map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${steps.map(
          (step, at) =>
            html`<tr>
              <td class="whole">${format.dateTime(step.timeMs)}</td>
              <td>${eventWord(step, steps[at - 1], view)}</td>
              <td>${actorWord(step.actor, view)}</td>
              <td>${step.guard ? guardWord(step.guard, view) : step.reason}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function eventWord({ state, step }: RolloutStep, before: RolloutStep | undefined, view: View): string {
  const { report, texts, format } = view;
  const isRaised = isJudging(state) && before?.state === state;
  return isRaised ? texts.shareRaised(format.percent(report.rollout.plan.shares[step])) : texts.state[state];
}

/** So much of a hash tells entries apart on paper; the table in CSV has the whole. */
const fingerprintLength = 12;

/** What the audit trail says of it. */
export function auditTable(view: View): Markup {
  const { report, texts, format } = view;
  const heads = [texts.auditNumber, texts.time, texts.action, texts.who, texts.reason, texts.fingerprint];
  const reasonOf = ({ reason }: Readonly<Record<string, unknown>>) =>
    typeof reason === 'string' ? reason : '';
  return html`<section data-audit>
    <h2>${texts.audit}</h2>
    <p class="soft">${texts.auditCaption}</p>
    <table class="log">
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${report.audit.map(
          ({ id, timeMs, action, actor, detail, hash }) =>
            html`<tr>
              <td class="whole">${id}</td>
              <td>${format.dateTime(timeMs)}</td>
              <td>${texts.actions[action as ReportedAction] ?? action}</td>
              <td>${actorWord(actor, view)}</td>
              <td>${reasonOf(detail)}</td>
              <td class="whole">${hash.slice(0, fingerprintLength)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
