import type { z } from 'zod';
import { AuditFilter } from '../contract/audit.ts';
import { KenroError } from '../contract/errors.ts';
import { handbookParts } from '../contract/handbook.ts';
import { HistoryFilter } from '../contract/history.ts';
import type { ReportFormat, ReportLanguage } from '../contract/report.ts';
import type { EngineClient } from '../engine/client.ts';
import type { Clock } from '../platform/clock.ts';
import type { PrintPdf } from '../report/renderAs.ts';
import { auditCsv, auditJson } from '../report/auditExport.ts';
import { historyCsv } from '../report/historyCsv.ts';
import type { ReadableDb } from '../store/db.ts';
import type { Probing } from '../learning/probing.ts';
import type { Retraining, ShownPart } from '../learning/retraining.ts';
import { pictureOf } from './keptPicture.ts';
import type { ModelReports } from './modelReports.ts';
import { mayBeSent } from './assetRoles.ts';
import { printedHandbook } from './printedHandbook.ts';
import { fileAsset, reportAsset } from './reportAsset.ts';
import type { Reporting } from './reporting.ts';
import type { AssetResponse } from './station.ts';

export interface AssetsOptions {
  db: ReadableDb;
  engine: EngineClient;
  clock: Clock;
  retraining: Pick<Retraining, 'shownPart'>;
  probing: Pick<Probing, 'trigger'>;
  reporting: Pick<Reporting, 'read'>;
  modelReports: Pick<ModelReports, 'read'>;
  printPdf: PrintPdf;
  imagesDir: string;
  /** Where the handbook was built. */
  handbookDir: string;
  roiFile: ReportFile;
  rolloutFile: ReportFile;
}

/** A report on something as a file, in a language where it has one. */
export type ReportFile = (
  id: number,
  format: ReportFormat,
  language: ReportLanguage,
) => Promise<string | Uint8Array>;

const defaultSide = 1024;
const smallestSide = 16;
const largestSide = 8192;

/** Pictures and exports, as `assetPaths` of the contract names them; `null` for any other path. */
export async function stationAsset(options: AssetsOptions, path: string): Promise<AssetResponse | null> {
  const url = new URL(path, 'http://station');
  if (!mayBeSent(url.pathname)) return null;
  const picture = /^\/picture\/([1-9]\d{0,15})$/.exec(url.pathname);
  if (picture) return pictureResponse(() => pictureOf(options, Number(picture[1]), sideOf(url)));
  const ofRun = /^\/run\/((?:retrain|plan|screen)-\d+-\d+)\/(part|sample|suspect)\/(\d{1,4})$/.exec(
    url.pathname,
  );
  if (ofRun) {
    const [, id, what, index] = ofRun;
    return pictureResponse(() => {
      return partOfRun(options, id!, what as ShownPart, Number(index), sideOf(url));
    });
  }
  const trigger = /^\/run\/(probe-\d+-\d+)\/trigger\/(\d{1,2})$/.exec(url.pathname);
  if (trigger) {
    const [, id, at] = trigger;
    return pictureResponse(() =>
      asJpeg(options.engine, options.probing.trigger(id!, Number(at)), sideOf(url)),
    );
  }
  const report = /^\/run\/(retrain-\d+-\d+)\/report\.(html|pdf|csv|json)$/.exec(url.pathname);
  if (report)
    return reportAsset(options, report[1]!, report[2] as ReportFormat, url.searchParams.get('lang'));
  const ofModels = /^\/report\/(report-\d+-\d+)\.(html|pdf|csv|json)$/.exec(url.pathname);
  if (ofModels) {
    const { modelReports, printPdf } = options;
    const [, id, format] = ofModels;
    const source = { reporting: modelReports, printPdf };
    return reportAsset(source, id!, format as ReportFormat, url.searchParams.get('lang'));
  }
  const onOne = /^\/(roi|rollout)\/([1-9]\d{0,15})\.(html|pdf|csv)$/.exec(url.pathname);
  if (onOne) {
    const file = onOne[1] === 'roi' ? options.roiFile : options.rolloutFile;
    const [id, format] = [Number(onOne[2]), onOne[3] as ReportFormat];
    return fileAsset(format, url.searchParams.get('lang'), (language) => file(id, format, language));
  }
  const handbook = /^\/handbook\/([a-z]+)\.pdf$/.exec(url.pathname);
  if (handbook) {
    const part = handbookParts.find((each) => each === handbook[1]);
    if (!part) return null;
    return fileAsset('pdf', url.searchParams.get('lang'), (language) =>
      printedHandbook(options, part, language),
    );
  }
  const filter = url.searchParams.get('filter');
  if (url.pathname === '/export/history.csv') {
    return exportResponse(options, 'history', 'csv', HistoryFilter, filter, historyCsv);
  }
  if (url.pathname === '/export/audit.csv') {
    return exportResponse(options, 'audit', 'csv', AuditFilter, filter, auditCsv);
  }
  if (url.pathname === '/export/audit.json') {
    return exportResponse(options, 'audit', 'json', AuditFilter, filter, auditJson);
  }
  return null;
}

function sideOf(url: URL): number {
  const side = Number(url.searchParams.get('side') ?? defaultSide);
  return Number.isFinite(side)
    ? Math.min(largestSide, Math.max(smallestSide, Math.round(side)))
    : defaultSide;
}

async function pictureResponse(read: () => Promise<Uint8Array | null>): Promise<AssetResponse> {
  try {
    const jpeg = await read();
    if (!jpeg) return problem(404, 'This picture was not kept.');
    return {
      status: 200,
      headers: {
        'Content-Type': 'image/jpeg',
        // A part's picture never becomes another one.
        'Cache-Control': 'private, max-age=31536000, immutable',
      },
      body: jpeg,
    };
  } catch (thrown) {
    if (!(thrown instanceof KenroError)) throw thrown;
    return thrown.kind === 'notFound'
      ? problem(404, 'There is no such part.')
      : problem(503, `The picture cannot be shown now: ${thrown.kind}.`);
  }
}

/** From the file that the run was tested or trained on, which may be gone. */
async function partOfRun(
  { engine, retraining }: AssetsOptions,
  runId: string,
  what: ShownPart,
  index: number,
  maxSide: number,
): Promise<Uint8Array | null> {
  return asJpeg(engine, retraining.shownPart(runId, what, index), maxSide);
}

async function asJpeg(
  engine: EngineClient,
  file: Promise<string | null>,
  maxSide: number,
): Promise<Uint8Array | null> {
  const path = await file;
  return path === null ? null : (await engine.call('convert', { path, maxSide })).jpeg;
}

const exportTypes = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
} as const;

/** A download of all that a filter finds, written while it is read. */
function exportResponse<Filter>(
  { db, clock }: AssetsOptions,
  what: 'history' | 'audit',
  format: keyof typeof exportTypes,
  schema: z.ZodType<Filter>,
  filterText: string | null,
  write: (db: ReadableDb, filter: Filter) => AsyncIterable<Uint8Array>,
): AssetResponse {
  const filter = parseFilter(schema, filterText);
  if (!filter) return problem(400, 'The filter is not valid.');
  const day = new Date(clock.nowMs()).toISOString().slice(0, 10);
  return {
    status: 200,
    headers: {
      'Content-Type': exportTypes[format],
      'Content-Disposition': `attachment; filename="kenro-${what}-${day}.${format}"`,
      'Cache-Control': 'no-store',
    },
    body: write(db, filter),
  };
}

function parseFilter<Filter>(schema: z.ZodType<Filter>, text: string | null): Filter | null {
  try {
    return schema.parse(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}

function problem(status: number, text: string): AssetResponse {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
    body: new TextEncoder().encode(text),
  };
}
