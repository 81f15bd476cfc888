import { expect, test } from 'vitest';
import { assetPaths } from '../../../../../electron/contract/bridge.ts';
import type { ShiftFormat } from '../../../../../electron/contract/shiftReports.ts';
import { encodeJpeg } from '../../../../../native-models/images/encode.ts';
import { drawPart } from '../../../../../native-models/images/procedural/draw.ts';
import {
  addQa,
  areMet,
  begin,
  candidateSha,
  rolloutStation,
  signWhenMet,
  until,
  type RolloutStation,
} from '../../../../support/rolloutStation.ts';
import { demoPart } from '../../../../support/smallDetector.ts';

async function saved(station: RolloutStation, id: number, format: ShiftFormat, language: 'en' | 'ja') {
  const answer = await station.station.assets(assetPaths.rollout(id, format, language));
  return { status: answer!.status, text: Buffer.from(answer!.body as Uint8Array).toString() };
}

/** Rows of the table with these first cells, without them. */
function rowsOf(csv: string, ...cells: string[]): string[][] {
  const lines = csv.replace('\uFEFF', '').trimEnd().split('\r\n');
  return lines
    .map((line) => line.split(','))
    .filter((line) => cells.every((cell, at) => line[at] === cell))
    .map((line) => line.slice(cells.length));
}

test('a rollout that went to full production and back is told as it is on record, in both languages', async () => {
  const jpeg = await encodeJpeg(drawPart(demoPart(1)).picture, { maxSide: 240 });
  let pictures = 0;
  const station = await rolloutStation({
    // The picture of one part is gone.
    prepare: ({ inspect }) =>
      inspect.handle('picture', () => ({ jpeg: pictures++ % 12 === 4 ? null : jpeg })),
  });
  await addQa(station);
  const rollout = await begin(station);
  const verified = await until(station, rollout.id, areMet);

  const underWay = await saved(station, rollout.id, 'html', 'en');
  expect(underWay.text).toContain('By what is on record when this report was made.');
  expect(underWay.text).toContain('It is: verification (PoC)');

  await signWhenMet(station, rollout);
  await signWhenMet(station, rollout);
  await station.call('rollout.back', { id: rollout.id, reason: 'a look at <it>' });
  const { steps } = await station.call('rollout.steps', { id: rollout.id });

  const { status, text: page } = await saved(station, rollout.id, 'html', 'en');
  expect(status).toBe(200);
  for (const phase of ['verification', 'limited', 'full']) expect(page).toContain(`data-phase="${phase}"`);
  expect(page.match(/Signed by Kei: the gates are passed/g)).toHaveLength(2);
  expect(page).toContain('a look at &lt;it&gt;');
  expect(page).not.toContain('a look at <it>');
  expect(page).toMatch(/The chance that this is luck is below 1 in [\d,]+/);
  expect(page.match(/As they stood when the phase was signed off/g)).toHaveLength(2);
  // What was signed for stays as it was, though more parts have come and more was said since.
  const signedFor = steps.find(({ state }) => state === 'limited')!.status!;
  const parts = signedFor.gates.find((gate) => gate.kind === 'parts')!;
  expect(parts.have).toBeGreaterThanOrEqual(verified.figures!.candidate.parts);
  expect(page).toContain(`Parts: ${parts.have.toLocaleString('en')}, needed 400`);
  expect(page.match(/<svg[^>]*data-evidence/g)).toHaveLength(2);
  expect(page.match(/<img src="data:image\/jpeg/g)).toHaveLength(11);
  expect(page.match(/Its picture was not kept/g)).toHaveLength(1);
  // Complete in itself: nothing is fetched and nothing runs.
  expect(page).not.toMatch(/<script|https?:|src="(?!data:)/);
  expect(page).not.toMatch(/NaN|undefined|Infinity/);

  const japanese = await saved(station, rollout.id, 'html', 'ja');
  expect(japanese.text).toContain('展開報告書');
  expect(japanese.text).toMatch(/これが偶然である確率は[\d,]+分の1未満です/);
  expect(japanese.text).not.toMatch(/NaN|undefined|Infinity/);

  const pdf = await saved(station, rollout.id, 'pdf', 'ja');
  expect(pdf.text).toMatch(/^%PDF .*展開報告書/s);

  const { text: csv } = await saved(station, rollout.id, 'csv', 'en');
  const trail = rowsOf(csv, 'audit', '').map(([action]) => action);
  expect(trail.filter((action) => action!.startsWith('rollout'))).toEqual([
    ...['rollout.draft', 'rollout.plan', 'rollout.begin', 'rollout.promote', 'rollout.share'],
    ...['rollout.promote', 'rollout.back'],
  ]);
  expect(trail).toContain('model.activate');
  const evidence = rowsOf(csv, 'evidence', 'verification', 'falseAlarms').map(([, value]) => Number(value));
  expect(evidence.length).toBeGreaterThan(10);
  // With the first parts nothing was shown; in the end it was, at the level that was promised.
  expect(evidence[0]).toBe(0);
  expect(evidence[1]).toBeLessThan(Math.log(20));
  expect(evidence.at(-1)).toBeGreaterThan(Math.log(20));
  const counted = (phase: string, arm: string) => Number(rowsOf(csv, 'count', phase, 'parts', arm)[0]![0]);
  expect(counted('verification', 'candidate')).toBe(counted('verification', 'current'));
  const [value, low, high] = rowsOf(csv, 'rate', 'limited', 'ng', 'current')[0]!.map(Number);
  expect(low).toBeLessThan(value!);
  expect(high).toBeGreaterThan(value!);

  // A candidate that was rolled back is often removed; what was tried stays on record.
  await station.call('model.remove', { id: station.candidateId });
  const later = await saved(station, rollout.id, 'html', 'en');
  expect(later.status).toBe(200);
  expect(later.text).toContain(candidateSha);
  expect(station.complaints).toEqual([]);
}, 300_000);

test('what there is no report on, and what it cannot be written as, is said', async () => {
  const station = await rolloutStation();
  const missing = await saved(station, 7, 'html', 'en');
  expect([missing.status, JSON.parse(missing.text)]).toMatchObject([404, { kind: 'notFound' }]);
  expect(await station.station.assets('/rollout/1.json?lang=en')).toBeNull();
  expect(await station.station.assets('/rollout/0.html?lang=en')).toBeNull();
});

test('one that was dropped as a plan has a report without phases', async () => {
  const station = await rolloutStation();
  const { id } = await station.call('rollout.draft', {
    ...{ productId: station.productId, candidateModelId: station.candidateId, template: 'poc' },
  });
  await station.call('rollout.back', { id, reason: '' });
  const { text } = await saved(station, id, 'html', 'en');
  expect(text).toContain('No phase has begun yet.');
  expect(text).not.toMatch(/NaN|undefined|data-phase/);
});
