import type { CorrectionRequest } from '../contract/correction.ts';
import type { CorrectionRecord } from '../../native-models/detectors/correctionRecord.ts';
import type { CorrectionChoice } from '../../native-models/detectors/correctionTrial.ts';

/** How a detector comes to its corrections: by what was asked for, measured where that was asked. */
export async function correctionFor(
  request: CorrectionRequest | null,
  measure: () => Promise<CorrectionChoice>,
): Promise<CorrectionRecord | null> {
  if (!request) return null;
  if (request.by === 'user') return { ...request, trial: null };
  return { by: 'measured', reason: '', ...(await measure()) };
}
