import {
  readers,
  type Block,
  type Handbook,
  type HandbookPart,
  type Inline,
  type Topic,
} from '../../electron/contract/handbook.ts';
import type { ReportLanguage } from '../../electron/contract/report.ts';
import { html, Markup, type Content } from '../../electron/report/page/markup.ts';
import { reportPage } from '../../electron/report/page/page.ts';

/** What a printed handbook needs besides its text. */
export interface PrintSetting {
  readonly language: ReportLanguage;
  /** Words on screen, by key. */
  readonly texts: Readonly<Record<string, string>>;
  readonly version: string;
  /** A drawing by its file name, as SVG. */
  readonly drawing: (file: string) => string;
}

/** The part of the handbook for one reader, or all of it, as a page complete in itself that prints on A4. */
export function printedHandbook({ topics }: Handbook, part: HandbookPart, setting: PrintSetting): string {
  const { language, texts, version } = setting;
  const shown = readers.filter((reader) => part === 'whole' || part === reader);
  const title = `Kenro ${texts['help.title'] ?? ''}`;
  const chapters = shown.map((reader) => ({
    name: texts[`help.reader.${reader}`] ?? reader,
    topics: topics.filter((topic) => topic.reader === reader),
  }));
  const content = html`<h1>${title}</h1>
    <p class="soft">${chapters.map(({ name }) => name).join(' · ')} · Kenro ${version}</p>
    <nav>
      ${chapters.map(
        (chapter) =>
          html`<h3>${chapter.name}</h3>
            <ul>
              ${chapter.topics.map((topic) => html`<li><a href="#${topic.id}">${topic.title}</a></li>`)}
            </ul>`,
      )}
    </nav>
    ${chapters.flatMap((chapter) => chapter.topics.map((topic) => printedTopic(topic, topics, shown, setting)))}`;
  return reportPage(language, title, content);
}

function printedTopic(
  topic: Topic,
  topics: readonly Topic[],
  shown: readonly string[],
  { drawing }: PrintSetting,
): Markup {
  const isShown = (id: string) => topics.some((each) => each.id === id && shown.includes(each.reader));
  const line = (inlines: readonly Inline[]): Content =>
    inlines.map((inline) => printedInline(inline, isShown));
  const [intro, ...sections] = topic.sections;
  return html`<section class="topic">
    <h2 id="${topic.id}">${topic.title}</h2>
    ${intro?.blocks.map((block) => printedBlock(block, line, drawing)) ?? null}
    ${sections.map(
      (section) =>
        html`<h3 id="${topic.id}-${section.id}">${section.title}</h3>
          ${section.blocks.map((block) => printedBlock(block, line, drawing))}`,
    )}
  </section>`;
}

type Line = (inlines: readonly Inline[]) => Content;

function printedBlock(block: Block, line: Line, drawing: PrintSetting['drawing']): Markup {
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${line(block.line)}</p>`;
    case 'note':
      return html`<p class="caution">${line(block.line)}</p>`;
    case 'list': {
      const items = block.items.map((item) => html`<li>${line(item)}</li>`);
      return block.isOrdered
        ? html`<ol>
            ${items}
          </ol>`
        : html`<ul>
            ${items}
          </ul>`;
    }
    case 'table':
      return html`<table class="log">
        <thead>
          <tr>
            ${block.head.map((cell) => html`<th>${line(cell)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${block.rows.map(
            (row) =>
              html`<tr>
                ${row.map((cell) => html`<td>${line(cell)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>`;
    case 'code':
      return html`<pre>${block.text}</pre>`;
    case 'figure':
      return html`<figure>${new Markup(drawing(block.file))}</figure>`;
  }
}

/** A link into a part that is not printed is its words. */
function printedInline(inline: Inline, isShown: (topic: string) => boolean): Content {
  switch (inline.kind) {
    case 'text':
      return inline.text;
    case 'strong':
    case 'label':
      return html`<b>${inline.text}</b>`;
    case 'code':
      return html`<code>${inline.text}</code>`;
    case 'key':
      return html`<kbd>${inline.text}</kbd>`;
    case 'link': {
      const { topic, section, text } = inline;
      return isShown(topic)
        ? html`<a href="#${section === '' ? topic : `${topic}-${section}`}">${text}</a>`
        : text;
    }
  }
}
