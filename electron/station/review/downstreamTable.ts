import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { KenroError } from '../../contract/errors.ts';
import type { DownstreamTable, LabelMeaning } from '../../contract/review.ts';
import { parseCsvLines, type CsvLine } from '../../learning/csv.ts';
import { asFolderError } from '../../platform/imageFiles.ts';
import { decodeText, type TextEncoding } from './decodeText.ts';

const mostBytes = 32_000_000;
const headLines = 8;
const mostValues = 50;
const separators = [',', '\t', ';'] as const;

export interface ReadTable {
  readonly lines: readonly CsvLine[];
  readonly sha256: string;
  readonly encoding: TextEncoding;
}

/**
 * Reads a table of results: CSV, or separated by tabs or semicolons.
 * @throws {KenroError} `folderMissing`, `folderForbidden`; `encodingUnknown`, `tableEmpty`, `tableTooLarge`
 */
export async function readTable(path: string): Promise<ReadTable> {
  const bytes = await readLimited(path).catch((thrown: unknown) => {
    throw asFolderError(thrown, path);
  });
  const { text, encoding } = decodeText(bytes, path);
  const lines = parseCsvLines(text, separatorOf(text));
  if (lines.length === 0) throw new KenroError('tableEmpty', { path });
  return { lines, sha256: createHash('sha256').update(bytes).digest('hex'), encoding };
}

async function readLimited(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > mostBytes) throw new KenroError('tableTooLarge', { path, megabytes: mostBytes / 1e6 });
  return readFile(path);
}

/** That which the first line has most of. */
function separatorOf(text: string): string {
  const first = /^[^\r\n]*/.exec(text)![0];
  const count = (separator: string) => first.split(separator).length;
  return separators.reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** What a page shows of a table, so that somebody can say which column means what. */
export function describeTable(path: string, { lines, sha256, encoding }: ReadTable): DownstreamTable {
  const first = lines[0]!.fields;
  const hasHeader = first.some((field) => names.some(([, pattern]) => pattern.test(field.trim())));
  const body = hasHeader ? lines.slice(1) : lines;
  const columns = Math.max(...lines.slice(0, 1000).map(({ fields }) => fields.length));
  const values = Array.from({ length: columns }, (_, column) => valuesOf(body, column));
  const named = (name: Named) => (hasHeader ? columnNamed(first, name) : null);
  return {
    ...{ path, sha256, encoding, columns, hasHeader, values },
    rows: lines.length,
    head: lines.slice(0, headLines).map(({ fields }) => fields.map((field) => field.slice(0, 120))),
    suggested: {
      serial: named('serial'),
      label: named('label') ?? columnOfMeanings(values),
      lot: named('lot'),
    },
  };
}

type Named = 'serial' | 'label' | 'lot';
const names: readonly (readonly [Named, RegExp])[] = [
  ['serial', /^(serial|s\/n|sn|part ?id)|シリアル|製番|製造番号|個体|識別番号/i],
  ['label', /^(true ?)?(label|result|judge|judg|verdict|class|status)|判定|結果|合否|良否|ラベル/i],
  ['lot', /^(lot|batch)|ロット/i],
];

function columnNamed(header: readonly string[], name: Named): number | null {
  const pattern = names.find(([each]) => each === name)![1];
  const at = header.findIndex((field) => pattern.test(field.trim()));
  return at < 0 ? null : at;
}

/** The first column all of whose values say good or defective. */
function columnOfMeanings(values: DownstreamTable['values']): number | null {
  const at = values.findIndex((of) => of.length > 0 && of.every(({ meaning }) => meaning !== null));
  return at < 0 ? null : at;
}

function valuesOf(lines: readonly CsvLine[], column: number): DownstreamTable['values'][number] {
  const counts = new Map<string, number>();
  for (const { fields } of lines) {
    const value = (fields[column] ?? '').trim();
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, mostValues)
    .map(([value, rows]) => ({ value: value.slice(0, 120), rows, meaning: meaningOf(value) }));
}

const good = /^(ok|good|pass(ed)?|accept(ed)?|conforming|良|良品|合格|合|適合|適合品|異常なし|○|〇|◯)$/i;
const bad =
  /^(ng|bad|fail(ed)?|reject(ed)?|defect(ive)?|nonconforming|不良|不良品|不合格|否|不適合|不適合品|異常|×|✕|✗)$/i;

/** What a value means by itself; `null`: nobody can tell, e.g. a defect type, or 0 and 1. */
function meaningOf(value: string): LabelMeaning | null {
  // Full-width letters, as Japanese keyboards write them, are the same letters.
  const plain = value.normalize('NFKC').trim();
  if (good.test(plain)) return 'ok';
  return bad.test(plain) ? 'ng' : null;
}
