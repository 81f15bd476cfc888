import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { addShare, isDrawn } from '../../electron/store/auditShares.ts';
import { appendAudit } from '../../electron/store/audit.ts';
import { addOddPictures } from '../../electron/store/drift.ts';
import { giveFeedback } from '../../electron/store/feedback.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { activateModel } from '../../electron/store/models.ts';
import { openStore } from '../../electron/store/open.ts';
import { setStopRules } from '../../electron/store/stopRules.ts';
import { seededRandom } from '../../native-models/random.ts';
import { addLine, newPart } from '../store/support/station.ts';

const hourMs = 3_600_000;
export const trendHours = 40;
export const partsAnHour = 200;
/** The first ones, whose audit sample is judged. */
const sampledHours = 24;
/** The last hours, in which the NG rate is four times as high. */
export const badHours = 4;
const rates = { calm: 0.02, bad: 0.08 };

/**
 * A data folder of one paused line with 40 hours on record, in the last four of which the NG rate has risen; half of the
 * NG were false alarms, those of the last two hours are not confirmed. A line is to be stopped at three NG in ten parts,
 * and the last three parts, which nobody has looked at yet, are NG. One in twenty OK parts was drawn for the audit sample;
 * of the first day's, people have judged all, and called every fiftieth defective.
 */
export async function prepareTrend(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const { db } = await openStore(dataPaths(dataDir), { clock: systemClock, app: 'test' });
  const line = addLine(db, 'disc');
  activateModel(db, line.modelId);
  db.exec('UPDATE sources SET paused = 1');
  const random = seededRandom(7);
  const uniform = () => random.uniform();
  const endMs = Math.floor(systemClock.nowMs() / hourMs) * hourMs;
  const firstMs = endMs - trendHours * hourMs;
  const share = addShare(db, { productId: line.productId, fromMs: firstMs, perTenThousand: 500, salt: 's' });
  const parts = Array.from({ length: trendHours * partsAnHour }, (_, i) => {
    const hour = Math.floor(i / partsAnHour);
    const isNg = uniform() < (hour >= trendHours - badHours ? rates.bad : rates.calm);
    const part = newPart(line, i, {
      timeMs: firstMs + Math.floor((i * hourMs) / partsAnHour),
      lot: `L${Math.floor(hour / 8) + 1}`,
      verdict: isNg ? 'NG' : 'OK',
      label: isNg && i % 3 === 0 ? (i % 2 === 0 ? 'scratch' : 'dent') : null,
      score: isNg ? 0.61 + 0.3 * uniform() : 0.1 + 0.35 * uniform(),
    });
    return { ...part, auditShareId: isDrawn(part.key, share) ? share.id : null };
  });
  const recorded = recordInspections(db, parts).map(({ inspection }) => inspection);
  recorded
    .filter(({ verdict }, i) => verdict === 'OK' && i < sampledHours * partsAnHour && parts[i]!.auditShareId)
    .forEach(({ id }, i) => {
      giveFeedback(db, { inspectionId: id, word: i % 50 === 49 ? 'ng' : 'ok', reason: '' }, endMs);
    });
  const confirmed = recorded.filter(({ verdict, timeMs }) => verdict === 'NG' && timeMs < endMs - 2 * hourMs);
  confirmed.forEach(({ id }, i) => {
    const reason = i % 4 === 0 ? '油の付着' : '';
    giveFeedback(db, { inspectionId: id, word: i % 2 === 0 ? 'ok' : 'ng', reason }, endMs);
  });
  addOddPictures(
    db,
    confirmed.flatMap(({ id: inspectionId }, i) =>
      i % 3 === 0 ? { inspectionId, feature: i % 2 === 0 ? 'brightness' : 'sharpness', shift: -6 } : [],
    ),
  );
  const note = { actor: 'operator', action: 'intervention.note', detail: { text: 'レンズを清掃' } } as const;
  appendAudit(db, note, endMs - badHours * hourMs);
  setStopRules(db, line.productId, { share: { ng: 3, parts: 10 }, consecutive: null, drift: false });
  const last = Array.from({ length: 3 }, (_, i) =>
    newPart(line, parts.length + i, { timeMs: endMs - 3 + i, verdict: 'NG', score: 0.8 }),
  );
  recordInspections(db, last);
  db.close();
}
