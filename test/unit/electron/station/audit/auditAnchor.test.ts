import { readFile, rm, writeFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { wholeTrail } from '../../../../../electron/contract/audit.ts';
import { assetPaths } from '../../../../../electron/contract/bridge.ts';
import { dataPaths } from '../../../../../electron/platform/paths.ts';
import { testStation, type TestStation } from '../../../../support/testStation.ts';

async function stationWith(products: number) {
  const station = await testStation();
  for (let index = 0; index < products; index++) await station.call('product.add', { name: `P${index}` });
  return station;
}

/** As somebody would who has the file and SQLite's own tool, while the station is not running. */
function tamper({ dataDir }: TestStation, sql: string): void {
  const db = new Database(dataPaths(dataDir).database);
  db.exec(`DROP TRIGGER audit_kept; DROP TRIGGER audit_unchanged; ${sql}`);
  db.close();
}

test('a trail that nobody touched is unbroken, also over a restart, and each entry has its copy', async () => {
  const station = await stationWith(5);
  const { entries, head } = await station.call('audit.verify', {});
  await station.station.stop();
  const again = await testStation({ dataDir: station.dataDir });
  expect(await again.call('audit.verify', {})).toEqual({
    ...{ entries, head, brokenAt: null, how: null, anchored: entries, gaps: [] },
  });
  expect(again.told('audit.verifying').at(-1)).toEqual({ entries, total: entries });
});

test('an end that was cut off is found at the next start, told, and stays on record', async () => {
  const station = await stationWith(5);
  const { entries } = await station.call('audit.verify', {});
  await station.station.stop();
  tamper(station, `DELETE FROM audit WHERE id > ${entries - 2}`);

  const again = await testStation({ dataDir: station.dataDir });
  const gap = { from: entries - 1, to: entries };
  expect((await again.call('station.snapshot', {})).notices).toContainEqual({
    kind: 'auditGap',
    params: gap,
  });
  await again.call('product.add', { name: 'later' });
  const check = await again.call('audit.verify', {});
  expect(check).toMatchObject({ brokenAt: null, entries, gaps: [gap] });
  await again.station.stop();
  const third = await testStation({ dataDir: station.dataDir });
  const { notices } = await third.call('station.snapshot', {});
  expect(notices.map(({ kind }) => kind)).not.toContain('auditGap');
  expect(await third.call('audit.verify', {})).toMatchObject({ brokenAt: null, gaps: [gap] });
});

test('an entry that is changed while the station runs is named', async () => {
  const station = await stationWith(5);
  tamper(station, `UPDATE audit SET actor = 'Mallory' WHERE id = 3`);
  expect(await station.call('audit.verify', {})).toMatchObject({ brokenAt: 3, how: 'changed' });
});

test('copies that are gone begin anew, which is on record', async () => {
  const station = await stationWith(3);
  await station.station.stop();
  await rm(dataPaths(station.dataDir).auditAnchors);
  const again = await testStation({ dataDir: station.dataDir });
  const { entries } = await again.call('audit.page', { before: null, limit: 1 });
  expect(entries[0]).toMatchObject({ actor: 'station', action: 'audit.anchor' });
  expect(await again.call('audit.verify', {})).toMatchObject({ brokenAt: null, anchored: entries[0]!.id });
});

test('a copy that was not written to its end is passed over', async () => {
  const station = await stationWith(3);
  await station.station.stop();
  const { auditAnchors } = dataPaths(station.dataDir);
  const text = await readFile(auditAnchors, 'utf8');
  await writeFile(auditAnchors, text.slice(0, -30));
  const again = await testStation({ dataDir: station.dataDir });
  await again.call('product.add', { name: 'later' });
  expect(await again.call('audit.verify', {})).toMatchObject({ brokenAt: null, gaps: [] });
});

test('the trail is exported as CSV and JSON, filtered', async () => {
  const station = await stationWith(3);
  const exported = async (format: 'csv' | 'json', filter = wholeTrail) => {
    const response = await station.station.assets(assetPaths.audit(format, filter));
    expect(response?.headers['Content-Disposition']).toMatch(new RegExp(`kenro-audit-.*\\.${format}`));
    const pieces: Uint8Array[] = [];
    for await (const piece of response!.body as AsyncIterable<Uint8Array>) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  const { entries } = await station.call('audit.page', { before: null, limit: 500 });
  expect(JSON.parse(await exported('json'))).toEqual(entries);
  const lines = (await exported('csv')).trim().split('\r\n');
  expect(lines).toHaveLength(entries.length + 1);
  expect(lines[1]).toContain(entries[0]!.hash);
  expect(JSON.parse(await exported('json', { ...wholeTrail, text: 'nothing like it' }))).toEqual([]);
  expect(JSON.parse(await exported('json', { ...wholeTrail, area: 'product' }))).toHaveLength(3);
});
