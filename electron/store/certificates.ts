import { PartCertificate } from '../contract/smoothing.ts';
import { verdictCodes, verdictOf } from './codes.ts';
import { run, type WritableDb } from './db.ts';
import { smoothingId } from './intern.ts';

/** Of a part in a row of `certificateJoins`; `null` throughout for one that was not looked at again. */
export interface CertificateColumns {
  smoothing_id: number | null;
  sigma: number;
  alpha: number;
  rule: string;
  wanted_radius: number | null;
  most_n0: number;
  most_n: number;
  judged_by: string;
  n0: number;
  n: number;
  hits: number;
  predicted: number | null;
  shown_radius: number;
  abstained: number;
  certified: number;
  ended: string;
  seed: number;
}

export const certificateColumns = `smoothing_id, sigma, alpha, rule, wanted_radius, most_n0, most_n, judged_by,
  n0, n, hits, predicted, certificates.radius AS shown_radius, abstained, certified, ended, seed`;
export const certificateJoins = `
  LEFT JOIN certificates ON certificates.inspection_id = inspections.id
  LEFT JOIN smoothings ON smoothings.id = certificates.smoothing_id`;

/** Part of the transaction that records the part. */
export function insertCertificate(db: WritableDb, inspectionId: number, certificate: PartCertificate): void {
  const { n0, n, hits, predicted, radius, abstained, isCertified, ended, seed } = certificate;
  run(
    db,
    `INSERT INTO certificates (inspection_id, smoothing_id, n0, n, hits, predicted, radius, abstained, certified,
       ended, seed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    inspectionId,
    smoothingId(db, certificate),
    n0,
    n,
    hits,
    predicted && verdictCodes[predicted],
    radius,
    abstained ? 1 : 0,
    isCertified ? 1 : 0,
    ended,
    seed,
  );
}

export function certificateOf(found: CertificateColumns): PartCertificate | undefined {
  if (found.smoothing_id === null) return undefined;
  const { sigma, alpha, rule, n0, n, hits, ended, seed } = found;
  return PartCertificate.parse({
    ...{ sigma, alpha, rule, n0, n, hits, ended, seed },
    wantedRadius: found.wanted_radius,
    most: { n0: found.most_n0, n: found.most_n },
    judgedBy: JSON.parse(found.judged_by),
    predicted: found.predicted === null ? null : verdictOf(found.predicted),
    radius: found.shown_radius,
    abstained: found.abstained === 1,
    isCertified: found.certified === 1,
  });
}
