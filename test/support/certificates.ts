import type { PartCertificate } from '../../electron/contract/smoothing.ts';

/** Of a part whose verdict withstands noise; everything not given is as usual. */
export function certificateWith(given: Partial<PartCertificate> = {}): PartCertificate {
  return {
    ...{ sigma: 0.02, alpha: 0.01, rule: 'betting', wantedRadius: 0.01 },
    ...{ n0: 0, n: 20, hits: 20, predicted: 'OK', radius: 0.0125 },
    ...{ abstained: false, isCertified: true, ended: 'settled', seed: 4_000_000_000 },
    most: { n0: 0, n: 200 },
    judgedBy: { thresholds: { review: 0.5, ng: 0.6 } },
    ...given,
  };
}
