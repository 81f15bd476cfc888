import { decide, verdicts, type Verdict } from '../../../electron/contract/verdict.ts';
import { openDetector } from '../../../native-models/detectors/detector.ts';
import { drawPart, labelOf } from '../../../native-models/images/procedural/draw.ts';

/** Chances of the verdicts on a good part and on a defective one. */
export type VerdictChances = Readonly<Record<'good' | 'defective', Readonly<Record<Verdict, number>>>>;

export interface DemoRates extends VerdictChances {
  readonly parts: number;
  /** Of all parts. */
  readonly defectRate: number;
}

/** The demo line as it starts (station/starter.ts), but for its light. */
const line = { seed: 1, defectRate: 0.08 };
const usual = { blur: 0, noise: 0.05 };

/** What a shipped detector says of the first parts of the demo line. @param light how much it changes, 0..1 */
export async function demoRates(
  part: 'disc' | 'tile' | 'label',
  parts: number,
  light: number,
): Promise<DemoRates> {
  const detector = await openDetector(`native-models/models/${part}.onnx`, { threads: 0 });
  const counts = { good: none(), defective: none() };
  try {
    for (let index = 0; index < parts; index++) {
      const request = { part, ...line, disturbances: { ...usual, light }, index };
      const truth = labelOf(request) === 'ok' ? 'good' : 'defective';
      const { score } = await detector.judge(drawPart(request).picture);
      counts[truth][decide(score, detector.card.thresholds)] += 1;
    }
  } finally {
    await detector.close();
  }
  return {
    ...{ parts, defectRate: line.defectRate },
    ...{ good: shares(counts.good), defective: shares(counts.defective) },
  };
}

function none(): Record<Verdict, number> {
  return { OK: 0, REVIEW: 0, NG: 0 };
}

function shares(counts: Record<Verdict, number>): Record<Verdict, number> {
  const all = verdicts.reduce((sum, verdict) => sum + counts[verdict], 0);
  return Object.fromEntries(verdicts.map((verdict) => [verdict, counts[verdict] / all])) as Record<
    Verdict,
    number
  >;
}
