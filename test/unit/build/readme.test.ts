import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../build/folders.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const mostBytes = 200_000;

test('pictures and files that the README leads to are there, and the pictures small', () => {
  const targets = [...readme.matchAll(/(!?)\[[^\]]*\]\(([^)#]+)\)/g)];
  expect(targets.filter(([, mark]) => mark === '!').length).toBeGreaterThan(3);
  for (const [, mark, target] of targets) {
    const { size } = statSync(join(root, target!));
    if (mark === '!') expect(size, target).toBeLessThan(mostBytes);
  }
});

test('commands that the README names are there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script);
  expect(named.length).toBeGreaterThan(5);
  for (const script of named) expect(Object.keys(scripts)).toContain(script);
});
