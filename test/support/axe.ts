import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { CDPSession, Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.0 to 2.2, levels A and AA, and what axe calls best practice. */
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const sessions = new WeakMap<Page, Promise<CDPSession>>();
/** So much of an element's text is quoted in a finding. */
const quoted = 160;

/**
 * What axe finds wrong on the page as it stands. Its source goes in through the debugger, which the page's content
 * security policy does not bind; a script tag would need a weaker policy.
 * @returns one line per element: rule, how it is found, its source, and why
 */
export async function axeFindings(page: Page): Promise<string[]> {
  const session = await sessionOf(page);
  if (!(await evaluate<boolean>(session, 'typeof axe === "object"'))) await evaluate(session, source);
  const options = { runOnly: standards, resultTypes: ['violations'], iframes: false };
  const { violations } = await evaluate<AxeResults>(
    session,
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => ({ violations }))`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, html, failureSummary = '' }) =>
        `${id}: ${target.join(' ')} ${html.slice(0, quoted)} ${failureSummary.replaceAll(/\s+/g, ' ')}`,
    ),
  );
}

function sessionOf(page: Page): Promise<CDPSession> {
  const known = sessions.get(page) ?? page.context().newCDPSession(page);
  sessions.set(page, known);
  return known;
}

async function evaluate<Value>(session: CDPSession, expression: string): Promise<Value> {
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value as Value;
}
