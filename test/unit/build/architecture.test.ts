import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  neededArrows,
  ranksOf,
  readArchitecture,
  type PackageNode,
} from '../../../build/handbook/architecture.ts';
import { drawArchitecture } from '../../../build/handbook/drawArchitecture.ts';
import { architectureFile } from '../../../build/handbook/handbook.ts';
import { layers } from '../../../build/dependencyCruiser.config.ts';
import { root } from '../../../build/folders.ts';

const node = (name: string, ...uses: string[]): PackageNode => ({ name, uses, runsIn: [`in ${name}`] });

test('the drawing is what the code is (npm run architecture draws it anew)', async () => {
  const nodes = await readArchitecture(root);
  expect(readFileSync(architectureFile, 'utf8')).toBe(drawArchitecture(nodes));
  expect(nodes.map(({ name }) => name).toSorted()).toEqual(Object.keys(layers).toSorted());
  const named = (name: string) => nodes.find((each) => each.name === name)!;
  for (const { name, uses } of nodes) expect(layers[name]).toEqual(expect.arrayContaining([...uses]));
  expect(named('native-models').runsIn).toContain('engines');
  // The window knows types of the contract, and nothing of the station runs in it.
  expect(named('electron/station').runsIn).not.toContain('window');
  expect(named('electron/store').runsIn).not.toContain('engines');
}, 120_000);

test('draws only arrows that do not follow from others, each to a lower row', () => {
  const nodes = [node('top', 'middle', 'low', 'far'), node('middle', 'low'), node('low'), node('far')];
  expect(neededArrows(nodes)).toEqual([
    ['top', 'middle'],
    ['top', 'far'],
    ['middle', 'low'],
  ]);
  expect(Object.fromEntries(ranksOf(nodes))).toEqual({ top: 2, middle: 1, low: 0, far: 0 });
  const drawn = drawArchitecture(nodes);
  expect(drawn).toContain('top → middle, top → far, middle → low');
  expect([...drawn.matchAll(/marker-end=/g)]).toHaveLength(3);
  for (const { name } of nodes) expect(drawn).toContain(`in ${name}`);
});

test('a package that nothing imports yet is drawn all the same', () => {
  expect(drawArchitecture([node('alone')])).toMatch(/>alone<\/text\s*>/);
});
