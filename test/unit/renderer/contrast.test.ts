import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../../build/folders.ts';

const source = readFileSync(join(root, 'renderer/src/styles/tokens.css'), 'utf8');
const [dark, light] = [...source.matchAll(/:root[^{]*\{([^}]*)\}/g)]
  .slice(0, 2)
  .map(([, block]) => tokensOf(block!));
/** WCAG 2.2, 1.4.3 (text) and 1.4.11 (edges of controls, the focus). */
const least = { text: 4.5, edge: 3 };
const grounds = ['ground', 'panel', 'raised'];

function tokensOf(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name!, colour!]),
  );
}

/** WCAG 2.2, definition of relative luminance. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [
    number,
    number,
    number,
  ];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

describe.each([
  ['dark', dark!],
  ['light', light!],
])('the colours of the %s theme', (_theme, tokens) => {
  const of = (name: string) => tokens.get(name)!;

  it.each(['ink', 'ink-soft', 'ink-faint', 'ng', 'review', 'ok'])('%s can be read on every ground', (ink) => {
    for (const ground of grounds) {
      expect(contrast(of(ink), of(ground)), ground).toBeGreaterThanOrEqual(least.text);
    }
  });

  it.each([
    ['on-strong', 'strong'],
    ['on-ng', 'ng-fill'],
    ['on-review', 'review-fill'],
  ])('%s can be read on %s', (ink, fill) => {
    expect(contrast(of(ink), of(fill))).toBeGreaterThanOrEqual(least.text);
  });

  it.each(['line-strong', 'focus'])('%s stands out from every ground', (edge) => {
    for (const ground of grounds) {
      expect(contrast(of(edge), of(ground)), ground).toBeGreaterThanOrEqual(least.edge);
    }
  });
});
