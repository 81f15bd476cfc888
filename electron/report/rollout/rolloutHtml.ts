import type { ReportLanguage } from '../../contract/report.ts';
import { html, type Content, type Markup } from '../page/markup.ts';
import { reportPage } from '../page/page.ts';
import { auditTable, historyTable, phaseTable } from './historyTables.ts';
import { differingParts } from './differingParts.ts';
import { claims, phaseSection } from './phaseSection.ts';
import type { RolloutReport } from './rolloutReport.ts';
import { viewOf, type View } from './view.ts';

/** The report as one file that any browser shows and prints, without network or scripts. */
export function rolloutHtml(report: RolloutReport, language: ReportLanguage): string {
  const view = viewOf(report, language);
  const { texts, format } = view;
  const title = `${texts.title}: ${report.product}`;
  const content = html` <header>
      <h1>${title}</h1>
      <p class="soft">${texts.madeAt} ${format.dateTime(report.madeAtMs)} · Kenro ${report.version}</p>
    </header>
    ${summary(view)} ${tried(view)} ${phaseTable(view)}
    ${report.phases.map((record) => phaseSection(record, view))} ${differingParts(view)} ${historyTable(view)}
    ${auditTable(view)}
    <p class="method">${texts.method}</p>`;
  return reportPage(language, title, content);
}

/** Where it stands, and what its last phase with parts has shown. */
function summary(view: View): Markup {
  const { report, texts, format } = view;
  const { state, sinceMs } = report.rollout;
  const latest = report.phases.findLast(({ figures }) => figures.candidate.parts > 0);
  const sentences = latest ? claims(latest, view) : [];
  return html`<ul class="verdict" data-summary>
    <li><strong>${texts.standsSince(texts.state[state], format.dateTime(sinceMs))}</strong></li>
    ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
  </ul>`;
}

/** Which models, on what, by which plan. */
function tried(view: View): Markup {
  const { report, texts, format } = view;
  const { plan } = report.rollout;
  const fact = (name: string, said: Content, note: string | null = null) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${said}${note === null ? null : html`<small>${note}</small>`}</dd>
    </div>`;
  const model = (arm: 'current' | 'candidate') => {
    const { name, sha256, thresholds } = report.models[arm];
    const pair = texts.thresholds(format.score(thresholds.review), format.score(thresholds.ng));
    return fact(texts.arms[arm], name, `${pair} · SHA-256 ${sha256}`);
  };
  const least = ({ parts, days }: { parts: number; days: number }) =>
    texts.minimum(format.count(parts), format.amount(days));
  const words = texts.plan;
  return html`<section>
    <h2>${texts.tried}</h2>
    <dl>
      ${fact(texts.product, report.product)} ${model('current')} ${model('candidate')}
      ${fact(texts.sources, report.sources.join(' · '))} ${fact(words.unit, texts.units[plan.unit])}
      ${fact(words.shares, plan.shares.map((share) => format.percent(share)).join(' → '))}
      ${fact(words.verification, least(plan.verification))} ${fact(words.limited, least(plan.limited))}
      ${fact(words.alpha, format.percent(plan.alpha))}
      ${fact(words.guardAlpha, format.percent(plan.guardAlpha))}
      ${fact(words.escapeMargin, format.percent(plan.escapeMargin))}
      ${fact(words.rejectRatio, `× ${format.amount(plan.rejectRatio)}`)}
      ${fact(words.latency, format.milliseconds(plan.latencyCeilingMs))}
      ${fact(words.coverage, format.percent(plan.coverage))}
    </dl>
  </section>`;
}
