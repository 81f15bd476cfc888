import type { HumanWord } from '../../contract/domain.ts';
import type { DownstreamCheck, DownstreamMapping, RowProblem } from '../../contract/review.ts';
import type { CsvLine } from '../../learning/csv.ts';
import { snapshot, type ReadableDb } from '../../store/db.ts';
import { inPieces } from '../inPieces.ts';
import { partsWithSerial, type NamedPart, type NewWord } from '../../store/wordBatches.ts';

const problemsShown = 200;

/** A row that says something of a part. */
interface Result {
  readonly line: number;
  readonly serial: string;
  readonly lot: string | null;
  readonly label: string;
  readonly word: HumanWord;
}

export interface Checked {
  readonly check: DownstreamCheck;
  /** What would be recorded. */
  readonly words: readonly NewWord[];
}

/** Holds each row against the record, a few at a time beside a running line. Nothing is written. */
export async function checkResults(
  db: ReadableDb,
  lines: readonly CsvLine[],
  mapping: DownstreamMapping,
): Promise<Checked> {
  const problems: RowProblem[] = [];
  const { results, skipped } = readResults(lines, mapping, problems);
  const wanted = withoutRepeats(results, problems);
  const found: (NamedPart | null)[] = [];
  await inPieces(wanted, (some) =>
    snapshot(db, () => found.push(...some.map((result) => partOf(db, result, mapping, problems)))),
  );
  const said = wanted.flatMap((result, i) => (found[i] ? [{ ...result, part: found[i] }] : []));
  const changes = said.filter(({ part, word }) => part.human !== word);
  const count = (is: (change: { part: NamedPart; word: HumanWord }) => boolean) => changes.filter(is).length;
  problems.sort((one, other) => one.line - other.line);
  return {
    check: {
      ok: count(({ word }) => word === 'ok'),
      ng: count(({ word }) => word === 'ng'),
      overrides: count(({ part }) => part.human !== null),
      escapes: count(({ part, word }) => part.verdict === 'OK' && word === 'ng'),
      alike: said.length - changes.length,
      skipped,
      wrong: countKinds(problems),
      leftOut: problems.length,
      problems: problems.slice(0, problemsShown),
    },
    words: changes.map(({ part, word, label }) => ({ inspectionId: part.id, word, reason: label })),
  };
}

function readResults(
  lines: readonly CsvLine[],
  mapping: DownstreamMapping,
  problems: RowProblem[],
): { results: Result[]; skipped: number } {
  const results: Result[] = [];
  let skipped = 0;
  for (const { line, fields } of mapping.hasHeader ? lines.slice(1) : lines) {
    const field = (column: number) => (fields[column] ?? '').trim();
    const [serial, label] = [field(mapping.serial), field(mapping.label)];
    const meaning = Object.hasOwn(mapping.meanings, label) ? mapping.meanings[label] : undefined;
    const lot = mapping.lot === null ? null : field(mapping.lot);
    if (serial === '') problems.push({ line, kind: 'serialMissing', serial, label });
    else if (meaning === undefined) problems.push({ line, kind: 'labelUnknown', serial, label });
    else if (meaning === 'skip') skipped += 1;
    else results.push({ line, serial, lot, label, word: meaning });
  }
  return { results, skipped };
}

/** A serial that comes several times counts once; where its rows contradict each other, none of them counts. */
function withoutRepeats(results: readonly Result[], problems: RowProblem[]): Result[] {
  const bySerial = Map.groupBy(results, ({ serial, lot }) => JSON.stringify([serial, lot]));
  return [...bySerial.values()].flatMap((same) => {
    const isOfOneMind = same.every(({ word }) => word === same[0]!.word);
    const kind = isOfOneMind ? 'serialTwice' : 'labelsConflict';
    for (const { line, serial, label } of isOfOneMind ? same.slice(1) : same) {
      problems.push({ line, kind, serial, label });
    }
    return isOfOneMind ? same.slice(0, 1) : [];
  });
}

function partOf(
  db: ReadableDb,
  { line, serial, label, lot }: Result,
  { productId, several }: DownstreamMapping,
  problems: RowProblem[],
): NamedPart | null {
  const parts = partsWithSerial(db, serial, { lot, productId });
  const isClear = parts.length === 1 || (parts.length > 1 && several === 'newest');
  if (!isClear) {
    problems.push({ line, kind: parts.length === 0 ? 'serialUnknown' : 'severalParts', serial, label });
  }
  return isClear ? parts[0]! : null;
}

function countKinds(problems: readonly RowProblem[]): DownstreamCheck['wrong'] {
  const wrong: DownstreamCheck['wrong'] = {};
  for (const { kind } of problems) wrong[kind] = (wrong[kind] ?? 0) + 1;
  return wrong;
}
