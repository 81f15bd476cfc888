import type { ReportData, ReportLanguage } from '../../contract/report.ts';
import { corruptionTables } from './html/corruptionTables.ts';
import { costChart } from './html/costChart.ts';
import { details } from './html/details.ts';
import { examples } from './html/examples.ts';
import { layerTables } from './html/layerTable.ts';
import { html } from '../page/markup.ts';
import { reportPage } from '../page/page.ts';
import { robustChart } from './html/robustChart.ts';
import { sideBySide } from './html/sideBySide.ts';
import { summary } from './html/summary.ts';
import { viewOf } from './html/view.ts';

/** The report as one file that any browser shows and prints, without network or scripts. */
export function reportHtml(data: ReportData, language: ReportLanguage): string {
  const view = viewOf(data, language);
  const { texts, format } = view;
  const names = view.data.models.map(({ name }) => name).join(' · ');
  const content = html` <header>
      <h1>${texts.title}</h1>
      <p class="soft">${names} · ${texts.madeAt} ${format.dateTime(data.madeAtMs)} · Kenro ${data.version}</p>
    </header>
    ${summary(view)} ${sideBySide(view)} ${costChart(view)} ${corruptionTables(view)} ${robustChart(view)}
    ${layerTables(view)} ${examples(view)} ${details(view)}`;
  return reportPage(language, `${texts.title}: ${names}`, content);
}
