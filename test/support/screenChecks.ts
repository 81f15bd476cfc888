import type { Page } from 'playwright-core';
import { axeFindings } from './axe.ts';

/** What a gloved finger hits, CSS pixels. */
const smallestTargetPx = 48;

/** Everything that stands in somebody's way on the page as it is: found by axe, cut off, or too small to hit. */
export async function barriers(page: Page): Promise<string[]> {
  return [...(await cutOff(page)), ...(await smallTargets(page)), ...(await axeFindings(page))];
}

/** What lies outside the window or a box around it where nobody can scroll to it. */
async function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const name = (element: Element) =>
      `${element.tagName}.${element.className} ${element.textContent.trim().slice(0, 60)}`;
    const isCut = (element: Element, axis: 'X' | 'Y') => {
      const style = getComputedStyle(element)[`overflow${axis}`];
      const isClosed = style === 'hidden' || style === 'clip';
      // A page may be longer than its window, never wider.
      const isTooWide = axis === 'X' && element === document.documentElement;
      const beyond =
        axis === 'X'
          ? element.scrollWidth - element.clientWidth
          : element.scrollHeight - element.clientHeight;
      return (isClosed || isTooWide) && beyond > 1;
    };
    // A line that ends in three dots says its whole text to whoever points at it or opens it.
    const isShortened = (element: Element) => getComputedStyle(element).textOverflow === 'ellipsis';
    return [...document.querySelectorAll('*')]
      .filter(
        (element) =>
          element.clientWidth > 1 && !element.closest('svg, .visuallyHidden') && !isShortened(element),
      )
      .flatMap((element) =>
        (['X', 'Y'] as const)
          .filter((axis) => isCut(element, axis))
          .map((axis) => `cut off along ${axis}: ${name(element)}`),
      );
  });
}

async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate((smallest) => {
    const targets =
      'button, select, summary, a[href], [role=slider], input:not([type=checkbox], [type=radio])';
    return [...document.querySelectorAll(targets)]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.height > 1 && Math.min(box.height, box.width) < smallest - 0.5)
      .map(
        ({ element, box }) =>
          `${box.width.toFixed(0)} × ${box.height.toFixed(0)} px: ${element.outerHTML.slice(0, 120)}`,
      );
  }, smallestTargetPx);
}
