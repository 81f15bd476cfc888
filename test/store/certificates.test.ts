import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PartCertificate } from '../../electron/contract/smoothing.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { readInspection, recordInspections, type NewPart } from '../../electron/store/inspections.ts';
import { readProduct, setProductSmoothing } from '../../electron/store/products.ts';
import { looksSince } from '../../electron/store/tallies.ts';
import { usualSmoothing } from '../../electron/contract/smoothing.ts';
import { certificateWith } from '../support/certificates.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, type Line } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;
let line: Line;
beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  line = addLine(db, 'disc');
});
afterEach(() => {
  db.close();
  folder.remove();
});

describe('a certificate', () => {
  const certificates: [string, PartCertificate][] = [
    ['certified', certificateWith()],
    [
      'of defect types',
      certificateWith({
        judgedBy: { thresholds: { review: 1, ng: 2 }, thresholdsByLabel: { a: { review: 1, ng: 1 } } },
      }),
    ],
    [
      'without time for one look',
      certificateWith({
        n: 0,
        hits: 0,
        predicted: null,
        radius: 0,
        abstained: true,
        isCertified: false,
        ended: 'time',
      }),
    ],
    [
      'without a radius asked for',
      certificateWith({ wantedRadius: null, rule: 'none', ended: 'looks', radius: 1 }),
    ],
  ];
  it.each(certificates)('comes back as it was given: %s', (_, certificate) => {
    const [recorded] = recordInspections(db, [newPart(line, 1, { votes: 21, radius: 0.0125, certificate })]);
    expect(recorded?.inspection.certificate).toEqual(certificate);
    expect(readInspection(db, recorded!.inspection.id).certificate).toEqual(certificate);
  });

  it('is not there for a part that was looked at once', () => {
    const [recorded] = recordInspections(db, [newPart(line, 1, { votes: 1 })]);
    expect(readInspection(db, recorded!.inspection.id)).not.toHaveProperty('certificate');
  });

  it('is not recorded twice with its part', () => {
    const part = newPart(line, 1, { certificate: certificateWith() });
    recordInspections(db, [part]);
    expect(recordInspections(db, [part])[0]).toMatchObject({ known: true });
  });
});

describe('looksSince', () => {
  const parts = (): NewPart[] => [
    newPart(line, 1, { votes: 1 }),
    newPart(line, 2, { votes: 1 }),
    newPart(line, 3, { votes: 21, certificate: certificateWith() }),
    // No time for a second look; looks that failed; a part where no other look was allowed.
    newPart(line, 4, { votes: 1, verdict: 'REVIEW', certificate: certificateWith({ n: 0, hits: 0 }) }),
    newPart(line, 5, { votes: 1, verdict: 'REVIEW', reason: 'outputNotFinite' }),
    newPart(line, 6),
  ];

  it.each([
    ['part by part', startMs + 500],
    ['from the sums of minutes and hours', startMs],
  ])('tells parts decided on the first look from the others, and counts the looks: %s', (_, fromMs) => {
    recordInspections(db, parts());
    const counts = { parts: 5, firstLook: 2, looks: 25 };
    expect(looksSince(db, fromMs, { productId: line.productId })).toEqual(counts);
    expect(looksSince(db, fromMs, { productId: addLine(db, 'tile').productId })).toEqual({
      parts: 0,
      firstLook: 0,
      looks: 0,
    });
  });
});

describe('setProductSmoothing', () => {
  it('is read back, and gone when switched off', () => {
    const { productId } = line;
    expect(readProduct(db, productId)).not.toHaveProperty('smoothing');
    expect(setProductSmoothing(db, productId, usualSmoothing).smoothing).toEqual(usualSmoothing);
    expect(readProduct(db, productId).smoothing).toEqual(usualSmoothing);
    expect(setProductSmoothing(db, productId, null)).not.toHaveProperty('smoothing');
  });

  it('refuses a product that is not there', () => {
    expect(() => setProductSmoothing(db, 99, null)).toThrow(/notFound/);
  });
});
