import { openDetector } from '../detectors/detector.ts';
import { teachAnomalyDetector, type TeachOptions } from '../detectors/teach.ts';
import { evaluateDetector } from '../evaluate/evaluateDetector.ts';
import { partKinds, type PartKind } from '../images/procedural/part.ts';
import { goodDemoParts, labelledDemoParts, lineSeed } from './demoParts.ts';

/** How well a detector taught on a backbone tells good and defective parts of a product apart. */
export interface ProductFigures {
  readonly part: PartKind;
  readonly auroc: number;
  /** 95 %. */
  readonly interval: readonly [number, number];
}

/** Teaches a detector for products of the demo, with the settings of those that ship, and measures it. */
export async function measureOnProducts(
  backbone: TeachOptions['backbone'],
  features: readonly string[],
  parts: readonly PartKind[] = partKinds,
): Promise<ProductFigures[]> {
  const session = { threads: 1 };
  const figures: ProductFigures[] = [];
  for (const part of parts) {
    const good = goodDemoParts(part);
    const { model } = await teachAnomalyDetector({ good, backbone, features, seed: lineSeed, session });
    const detector = await openDetector(model, session);
    const { auroc } = await evaluateDetector(detector, { images: labelledDemoParts(part) });
    await detector.close();
    const { value, interval } = auroc!;
    figures.push({ part, auroc: rounded(value), interval: [rounded(interval[0]), rounded(interval[1])] });
  }
  return figures;
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
