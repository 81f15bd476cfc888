import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { migrations } from '../../../electron/store/migrations/index.ts';

const namesIn = (folder: string) => readdirSync(folder).filter((name) => /^\d/.test(name));

it('migrations are numbered by tens, in order, a file and a test each', () => {
  const versions = migrations.map(({ version }) => version);
  expect(versions).toEqual(versions.toSorted((one, other) => one - other));
  expect(new Set(versions).size).toBe(versions.length);
  expect(versions.filter((version) => version % 10 !== 0)).toEqual([]);
  const names = migrations.map(({ version, name }) => `${version}-${name}`);
  const sources = join(import.meta.dirname, '../../../electron/store/migrations');
  expect(namesIn(sources).toSorted()).toEqual(names.map((name) => `${name}.ts`).toSorted());
  expect(namesIn(import.meta.dirname).toSorted()).toEqual(names.map((name) => `${name}.test.ts`).toSorted());
});
