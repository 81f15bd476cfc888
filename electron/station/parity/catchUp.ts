import type { Model } from '../../contract/domain.ts';
import { KenroError, toErrorInfo, type ErrorInfo } from '../../contract/errors.ts';
import { differs, type ParityGate } from './parityGate.ts';

/** Parts come first after a start. */
const settleMs = 30_000;

export interface CatchUpOptions {
  readonly gate: ParityGate;
  readonly inUse: () => readonly Model[];
  readonly onDiffering: (notice: ErrorInfo) => void;
  readonly onBug: (thrown: unknown) => void;
  /** Absent = when the parts after a start have been judged. */
  readonly afterMs?: number;
}

/**
 * Compares models that judge without having passed here: those from before there was a comparison, and all after an update of
 * onnxruntime. They go on judging whatever comes of it, and the operator is told of those that differ.
 * @returns stops what has not begun
 */
export function catchUp({ gate, inUse, onDiffering, onBug, afterMs = settleMs }: CatchUpOptions): () => void {
  let stopped = false;
  const compareAll = async () => {
    for (const model of inUse()) {
      if (stopped || (await gate.hasPassed(model.sha256))) continue;
      const check = await gate.compare(model, model.productId, 'station');
      if (stopped) return;
      gate.record(model, check);
      if (!check.passed)
        onDiffering({ ...toErrorInfo(differs(model.name, check)), kind: 'modelInUseDiffers' });
    }
  };
  const timer = setTimeout(() => {
    compareAll().catch((thrown: unknown) => {
      // An engine that cannot just now is told elsewhere; the next start tries again.
      if (!stopped && !(thrown instanceof KenroError)) onBug(thrown);
    });
  }, afterMs);
  timer.unref();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
