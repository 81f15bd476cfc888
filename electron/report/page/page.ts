import type { ReportLanguage } from '../../contract/report.ts';
import { html, Markup } from './markup.ts';
import { style } from './style.ts';

/** Nothing may be fetched or run: the page is complete in itself. */
export const reportPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** One file that any browser shows and prints, without network or scripts. */
export function reportPage(language: ReportLanguage, title: string, content: Markup): string {
  const page = html`<html lang="${language}">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${reportPolicy}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title}</title>
      <style>
        ${new Markup(style)}
      </style>
    </head>
    <body>
      <main>${content}</main>
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}
