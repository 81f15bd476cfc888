import type { AuditEntry, Inspection, Model } from '../../contract/domain.ts';
import type { ReportFormat, ReportLanguage } from '../../contract/report.ts';
import type { Rollout, RolloutStep, ShadowVerdict } from '../../contract/rollout.ts';
import type { PhaseRecord } from '../../contract/rolloutRecord.ts';
import { renderAs, type PrintPdf } from '../renderAs.ts';
import { rolloutCsv } from './rolloutCsv.ts';
import { rolloutHtml } from './rolloutHtml.ts';

export type ReportedModel = Pick<Model, 'name' | 'sha256' | 'thresholds'>;

/** A part on which the two models differ. */
export interface ReportedPart {
  readonly inspection: Inspection;
  readonly shadow: ShadowVerdict;
  /** base64 of JPEG; `null`: it was not kept. */
  readonly picture: string | null;
}

/** Everything a rollout report shows. */
export interface RolloutReport {
  readonly rollout: Rollout;
  readonly product: string;
  /** Names of those that take part. */
  readonly sources: readonly string[];
  readonly models: { readonly current: ReportedModel; readonly candidate: ReportedModel };
  /** Those that it has been in, first phase first. */
  readonly phases: readonly PhaseRecord[];
  /** Oldest first. */
  readonly steps: readonly RolloutStep[];
  /** Newest first, a bounded number of them. */
  readonly differing: readonly ReportedPart[];
  /** Oldest first. */
  readonly audit: readonly AuditEntry[];
  readonly madeAtMs: number;
  /** Of Kenro. */
  readonly version: string;
}

/** As a file. @throws {KenroError} `badRequest` for JSON; as `print` */
export function renderRollout(
  report: RolloutReport,
  format: ReportFormat,
  language: ReportLanguage,
  print: PrintPdf,
): Promise<string | Uint8Array> {
  const writers = { html: () => rolloutHtml(report, language), csv: () => rolloutCsv(report) };
  return renderAs(format, writers, print);
}
