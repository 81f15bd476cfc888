import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type AST } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { root } from '../../build/folders.ts';

/** Attributes that a person reads or hears. */
const spoken = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'aria-valuetext',
  'label',
  'placeholder',
  'title',
]);
/** The same in every language. */
const sameEverywhere = new Set([
  // The product, and languages in their own words.
  ...['Kenro', 'English', '日本語'],
  // Keys of a keyboard.
  ...['Esc', 'Enter', 'PgUp', 'PgDn', 'H', 'O', 'N', 'S', 'U', '(U)', '(F1)', 'C'],
  // Units, signs, names of formats and of what stands in files.
  ...['px', 'σz', 'p95', 'CSV', 'JSON', 'RGB', 'BGR', 'GRAY', 'opset', 'group'],
]);

interface TreeNode {
  readonly type: string;
}
const isNode = (value: unknown): value is TreeNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** Words that stand in a template itself, as text or as what an attribute says. */
function literalTexts(source: string): string[] {
  const found: string[] = [];
  const take = (text: string) => {
    const words = text.split(/\s+/).filter((word) => /\p{L}/u.test(word) && !sameEverywhere.has(word));
    if (words.length > 0) found.push(text.trim());
  };
  const inAttribute = ({ name, value }: AST.Attribute) => {
    if (value === true) return;
    const parts = Array.isArray(value) ? value : [value];
    for (const part of parts) {
      if (part.type === 'ExpressionTag') {
        if (spoken.has(name)) inExpression(part.expression);
      } else if (spoken.has(name)) take(part.data);
    }
  };
  /** Strings that an expression may come out as; what it passes on, e.g. the key of a text, is no text. */
  const inExpression = (node: unknown): void => {
    if (!isNode(node)) return;
    const each = node as TreeNode & Record<string, unknown>;
    if (each.type === 'Literal' && typeof each['value'] === 'string') take(each['value']);
    if (each.type === 'TemplateLiteral') {
      for (const quasi of each['quasis'] as { value: { cooked: string } }[]) take(quasi.value.cooked);
      for (const part of each['expressions'] as unknown[]) inExpression(part);
    }
    if (each.type === 'ConditionalExpression') [each['consequent'], each['alternate']].forEach(inExpression);
    if (each.type === 'LogicalExpression' || each.type === 'BinaryExpression') {
      const isChoice = each.type === 'LogicalExpression' || each['operator'] === '+';
      if (isChoice) [each['left'], each['right']].forEach(inExpression);
    }
  };
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (!isNode(value)) return;
    if (isCommand(value) || value.type === 'StyleDirective') return;
    if (value.type === 'Text') return take((value as AST.Text).data);
    if (value.type === 'Attribute') return inAttribute(value as AST.Attribute);
    if (value.type === 'ExpressionTag') return inExpression((value as AST.ExpressionTag).expression);
    Object.values(value).forEach((child) => {
      if (isNode(child) || Array.isArray(child) || isFragment(child)) walk(child);
    });
  };
  walk(parse(source, { modern: true }).fragment);
  return found;
}

/** What somebody types into a terminal. */
const isCommand = (node: TreeNode) => 'name' in node && node.name === 'code';
const isFragment = (value: unknown): boolean => isNode(value) && value.type === 'Fragment';

describe('texts', () => {
  it('stand in the language files, never in a component', () => {
    const files = globSync('renderer/src/**/*.svelte', { cwd: root });
    expect(files.length).toBeGreaterThan(100);
    const found = files.flatMap((file) =>
      literalTexts(readFileSync(join(root, file), 'utf8')).map((text) => `${file}: ${text}`),
    );
    expect(found).toEqual([]);
  });

  it.each([
    ['text between tags', '<p>Save now</p>'],
    ['text within a condition', '{#if a}<b>保存</b>{/if}'],
    ['a name', '<button aria-label="Close"></button>'],
    ['a name that is put together', '<button title="{name} close"></button>'],
    ['what stands in an empty field', '<input placeholder={busy ? "Wait" : name} />'],
    ['an expression', '<p>{busy ? "Wait" : t("key")}</p>'],
    ['a template', '<p>{`Wait ${name}`}</p>'],
  ])('are found there: %s', (_name, source) => {
    expect(literalTexts(source)).toHaveLength(1);
  });

  it.each([
    '<p>{t("common.close")}</p>',
    '<p class="soft">{a} · {b}</p>',
    '<button aria-label={t("x")} type="button">×</button>',
  ])('are not found where there are none: %s', (source) => {
    expect(literalTexts(source)).toEqual([]);
  });
});
