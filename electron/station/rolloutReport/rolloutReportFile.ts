import type { Clock } from '../../platform/clock.ts';
import type { PrintPdf } from '../../report/renderAs.ts';
import { renderRollout } from '../../report/rollout/rolloutReport.ts';
import type { ReportFile } from '../assets.ts';
import { gatherRollout, type GatherOptions } from './gatherRollout.ts';

export interface RolloutReportOptions extends GatherOptions {
  readonly clock: Clock;
  /** Of Kenro. */
  readonly version: string;
  readonly printPdf: PrintPdf;
}

/** Reports on rollouts as they stand. The answer throws as `gatherRollout` and `renderRollout`. */
export function rolloutReportFile(options: RolloutReportOptions): ReportFile {
  const { clock, version, printPdf } = options;
  return async (id, format, language) => {
    const gathered = await gatherRollout(options, id, clock.nowMs());
    return renderRollout({ ...gathered, version }, format, language, printPdf);
  };
}
