import { z } from 'zod';
import type { AuditFilter } from './audit.ts';
import type { ChannelName, Outcome, RequestOf } from './channels.ts';
import type { EventName, EventOf } from './events.ts';
import type { HandbookPart } from './handbook.ts';
import type { HistoryFilter } from './history.ts';
import type { ReportFormat, ReportLanguage } from './report.ts';

/** What the page sees of the station: `window.kenro` in Electron, a WebSocket in the browser shell. */
export interface Bridge {
  call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<Outcome<Name>>;
  /** Returns the function that stops listening. */
  on<Name extends EventName>(name: Name, listener: (payload: EventOf<Name>) => void): () => void;
  /** Whether the other end is there; told at once and on each change. */
  onConnection(listener: (connected: boolean) => void): () => void;
}

/** Text frames of the browser shell's socket at `/socket`. */
export const ClientFrame = z.object({
  id: z.number().int().nonnegative(),
  name: z.string().max(64),
  request: z.unknown(),
});
export const ServerFrame = z.union([
  z.object({ id: z.number().int(), outcome: z.unknown() }),
  z.object({ event: z.string(), payload: z.unknown() }),
]);

/** Paths beside the page itself, the same in both shells (`app://kenro/…` and `http://127.0.0.1:…/…`). */
export const assetPaths = {
  /** JPEG of a part, longest side at most `maxSide` pixels; 404 when the picture was not kept. */
  picture: (inspectionId: number, maxSide: number) => `/picture/${inspectionId}?side=${maxSide}`,
  /** JPEG of a part whose verdict a retraining changed, by its place among those shown. */
  changedPart: (runId: string, index: number, maxSide: number) =>
    `/run/${runId}/part/${index}?side=${maxSide}`,
  /** JPEG of a sample that a retraining chose, by its place among those shown. */
  chosenSample: (runId: string, index: number, maxSide: number) =>
    `/run/${runId}/sample/${index}?side=${maxSide}`,
  /** JPEG of a part with and without the trigger that a search for a backdoor found for a class, by its place. */
  trigger: (jobId: string, index: number, maxSide: number) =>
    `/run/${jobId}/trigger/${index}?side=${maxSide}`,
  /** JPEG of a suspect of a run, a plan or a screening, by its place among those shown. */
  suspect: (jobId: string, index: number, maxSide: number) =>
    `/run/${jobId}/suspect/${index}?side=${maxSide}`,
  /** Evaluation report of a run. A refusal carries `ErrorInfo` as JSON. */
  report: (runId: string, format: ReportFormat, language: ReportLanguage) =>
    `/run/${runId}/report.${format}?lang=${language}`,
  /** The same of a report on models. */
  modelReport: (id: string, format: ReportFormat, language: ReportLanguage) =>
    `/report/${id}.${format}?lang=${language}`,
  /** Return on investment of a product, by the plan saved; HTML, PDF or CSV. */
  roi: (productId: number, format: ReportFormat, language: ReportLanguage) =>
    `/roi/${productId}.${format}?lang=${language}`,
  /** Report on a rollout; HTML, PDF or CSV. */
  rollout: (rolloutId: number, format: ReportFormat, language: ReportLanguage) =>
    `/rollout/${rolloutId}.${format}?lang=${language}`,
  /** The handbook, or its part for one reader, to print. A refusal carries `ErrorInfo` as JSON. */
  handbook: (part: HandbookPart, language: ReportLanguage) => `/handbook/${part}.pdf?lang=${language}`,
  /** Download of the entries of the audit trail that the filter finds. */
  audit: (format: 'csv' | 'json', filter: AuditFilter) =>
    `/export/audit.${format}?filter=${encodeURIComponent(JSON.stringify(filter))}`,
  /** CSV download of everything the filter finds. */
  historyCsv: (filter: HistoryFilter) =>
    `/export/history.csv?filter=${encodeURIComponent(JSON.stringify(filter))}`,
};
