import type { ReportData, ReportLanguage } from '../../contract/report.ts';
import { corruptionTables } from './html/corruptionTables.ts';
import { costChart } from './html/costChart.ts';
import { details } from './html/details.ts';
import { examples } from './html/examples.ts';
import { layerTables } from './html/layerTable.ts';
import { html, Markup } from './html/markup.ts';
import { robustChart } from './html/robustChart.ts';
import { sideBySide } from './html/sideBySide.ts';
import { style } from './html/style.ts';
import { summary } from './html/summary.ts';
import { viewOf } from './html/view.ts';

/** Nothing may be fetched or run: the page is complete in itself. */
export const reportPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** The report as one file that any browser shows and prints, without network or scripts. */
export function reportHtml(data: ReportData, language: ReportLanguage): string {
  const view = viewOf(data, language);
  const { texts, format } = view;
  const names = view.data.models.map(({ name }) => name).join(' · ');
  const page = html`<html lang="${language}">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${reportPolicy}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${texts.title}: ${names}</title>
      <style>
        ${new Markup(style)}
      </style>
    </head>
    <body>
      <main>
        <header>
          <h1>${texts.title}</h1>
          <p class="soft">
            ${names} · ${texts.madeAt} ${format.dateTime(data.madeAtMs)} · Kenro ${data.version}
          </p>
        </header>
        ${summary(view)} ${sideBySide(view)} ${costChart(view)} ${corruptionTables(view)} ${robustChart(view)}
        ${layerTables(view)} ${examples(view)} ${details(view)}
      </main>
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}
