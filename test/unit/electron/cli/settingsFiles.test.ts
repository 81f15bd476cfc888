import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseGiven } from '../../../../electron/cli/arguments.ts';
import { messageFor } from '../../../../electron/cli/messages.ts';
import { costsFlag, costsOf, siteFlag, siteOf } from '../../../../electron/cli/settingsFiles.ts';
import { toErrorInfo } from '../../../../electron/contract/errors.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

const given = (...args: string[]) =>
  parseGiven(
    { name: 'try', summary: '', usage: '', flags: { ...costsFlag, ...siteFlag }, run: async () => undefined },
    args,
  );

const told = (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (thrown: unknown) => messageFor(toErrorInfo(thrown)),
  );

describe('--costs', () => {
  it('reads the file, and is null without one', async () => {
    const file = join(await temporaryFolder(), 'costs.json');
    await writeFile(file, '{ "falseAlarm": 120, "escape": 50000 }');
    expect(await costsOf(given('--costs', file))).toMatchObject({ escape: 50_000, review: 120 });
    expect(await costsOf(given())).toBeNull();
  });

  it('names the file, the field and the remedy', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'costs.json');
    expect(await told(costsOf(given('--costs', file)))).toBe(`file "${file}" was not found`);
    expect(await told(costsOf(given('--costs', folder)))).toBe(`not allowed (reading ${folder})`);
    await writeFile(file, '{ "falseAlarm": 120, "escape": -1 }');
    expect(await told(costsOf(given('--costs', file)))).toMatch(
      /^field "escape" of file ".*costs\.json" is wrong \(.*0\); correct it there$/,
    );
    await writeFile(file, 'falseAlarm = 120');
    expect(await told(costsOf(given('--costs', file)))).toMatch(/^file ".*costs\.json" is not JSON \(.*\); /);
  });
});

describe('--site', () => {
  it('reads the file, and is null without one', async () => {
    const file = join(await temporaryFolder(), 'site.json');
    await writeFile(file, '{ "weights": { "exposure/2": 0.25 } }');
    expect(await siteOf(given('--site', file))).toEqual({ clean: 0.75, 'exposure/2': 0.25 });
    expect(await siteOf(given())).toBeNull();
  });

  it('names the file and the field', async () => {
    const file = join(await temporaryFolder(), 'site.json');
    await writeFile(file, '{ "weights": { "exposure/9": 0.25 } }');
    expect(await told(siteOf(given('--site', file)))).toMatch(
      /^field "weights\.exposure\/9" of file ".*site\.json" is wrong \(.*severity.*\); correct it there$/,
    );
  });
});
