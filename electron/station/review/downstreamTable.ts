import { createHash } from 'node:crypto';
import { KenroError } from '../../contract/errors.ts';
import type { DownstreamTable, LabelMeaning } from '../../contract/review.ts';
import type { CsvLine } from '../../learning/csv.ts';
import type { TextEncoding } from '../../learning/decodeText.ts';
import { readRows, readTableFile } from '../../learning/tableFile.ts';

/** Each is looked up in the record while the line waits. */
const mostRows = 100_000;
const headLines = 8;
const mostValues = 50;
/** A column of more different values is no column of results; they are not all counted. */
const mostCounted = 2_000;
const separators = [',', '\t', ';'] as const;

export interface ReadTable {
  readonly lines: readonly CsvLine[];
  readonly sha256: string;
  readonly encoding: TextEncoding;
}

/**
 * Reads a table of results: CSV, or separated by tabs or semicolons.
 * @throws {KenroError} as `readTableFile` and `readRows`; `tableEmpty`
 */
export async function readTable(path: string): Promise<ReadTable> {
  const file = await readTableFile(path);
  const lines = await readRows(file, separatorOf(file.text), path, mostRows);
  if (lines.length === 0) throw new KenroError('tableEmpty', { path });
  const sha256 = createHash('sha256').update(file.bytes).digest('hex');
  return { lines, sha256, encoding: file.encoding };
}

/** That which the first line has most of. */
function separatorOf(text: string): string {
  const first = /^[^\r\n]{0,10000}/.exec(text)![0];
  const count = (separator: string) => first.split(separator).length;
  return separators.reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** What a page shows of a table, so that somebody can say which column means what. */
export function describeTable(path: string, { lines, sha256, encoding }: ReadTable): DownstreamTable {
  const first = lines[0]!.fields;
  const hasHeader = first.some((field) => names.some(([, pattern]) => pattern.test(field.trim())));
  const body = hasHeader ? lines.slice(1) : lines;
  const columns = Math.max(...lines.slice(0, 1000).map(({ fields }) => fields.length));
  const values = valuesOf(body, columns);
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

/** The commonest values of each column. */
function valuesOf(lines: readonly CsvLine[], columns: number): DownstreamTable['values'] {
  const counts = Array.from({ length: columns }, () => new Map<string, number>());
  for (const { fields } of lines) {
    for (const [column, field] of fields.slice(0, columns).entries()) {
      const of = counts[column]!;
      const value = field.trim();
      const before = of.get(value);
      if (value !== '' && (before !== undefined || of.size < mostCounted)) of.set(value, (before ?? 0) + 1);
    }
  }
  return counts.map((of) =>
    [...of]
      .sort(([, one], [, other]) => other - one)
      .slice(0, mostValues)
      .map(([value, rows]) => ({ value: value.slice(0, 120), rows, meaning: meaningOf(value) })),
  );
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
