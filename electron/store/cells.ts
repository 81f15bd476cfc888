import type { HistoryFilter } from '../contract/history.ts';
import { verdicts, type Verdict } from '../contract/verdict.ts';
import { humanCodes, verdictCodes } from './codes.ts';
import { row, type ReadableDb } from './db.ts';
import { findLot, findStreams } from './intern.ts';

/**
 * A cell is a set of parts that lie side by side in one index, ordered by time: one stream, one verdict, one
 * human word, and perhaps one lot or one serial. Any filter is a set of cells within a period; a cell is
 * entered by one seek, so an empty one costs next to nothing.
 */
export interface Cell {
  index: 'inspections_by_stream' | 'inspections_by_lot' | 'inspections_by_serial';
  /** Condition that selects the cell, with its values. */
  where: string;
  values: Array<string | number>;
}

/** `null`: the filter leaves out nothing but by time, so the index by time serves it. */
export function cellsOf(db: ReadableDb, filter: HistoryFilter): Cell[] | null {
  const kinds = kindsOf(filter);
  const { text, productId, sourceId, modelId } = filter;
  const anyStream = productId === null && sourceId === null && modelId === null;
  if (text === null && anyStream && kinds.length === allKinds.length) return null;

  const streams = findStreams(db, { productId, sourceId, modelId });
  if (text === null) return streams.flatMap((stream) => kinds.map((kind) => streamCell(stream, kind)));
  return [
    ...textCells(db, 'inspections_by_lot', 'lot_id', findLot(db, text), streams, kinds),
    ...textCells(db, 'inspections_by_serial', 'serial', text, streams, kinds),
  ];
}

export interface Kind {
  verdict: number;
  human: number;
}

const allKinds: ReadonlyArray<Kind & { name: Verdict }> = verdicts.flatMap((name) =>
  Object.values(humanCodes).map((human) => ({ name, verdict: verdictCodes[name], human })),
);

/** The combinations of verdict and human word that a filter lets through. */
export function kindsOf(filter: HistoryFilter): Kind[] {
  return allKinds.filter(
    (kind) =>
      (filter.verdicts === null || filter.verdicts.includes(kind.name)) && isWanted(kind, filter.human),
  );
}

function isWanted({ verdict, human }: Kind, wanted: HistoryFilter['human']): boolean {
  switch (wanted) {
    case null:
      return true;
    case 'none':
      return human === humanCodes.none;
    case 'any':
      return human !== humanCodes.none;
    case 'overridden':
      return (
        (verdict === verdictCodes.OK && human === humanCodes.ng) ||
        (verdict === verdictCodes.NG && human === humanCodes.ok)
      );
  }
}

function streamCell(stream: number, { verdict, human }: Kind): Cell {
  return {
    index: 'inspections_by_stream',
    where: 'stream_id = ? AND verdict = ? AND human = ?',
    values: [stream, verdict, human],
  };
}

function textCells(
  db: ReadableDb,
  index: Cell['index'],
  column: 'lot_id' | 'serial',
  value: string | number | undefined,
  streams: readonly number[],
  kinds: readonly Kind[],
): Cell[] {
  if (value === undefined) return [];
  const wanted = new Set(streams);
  const present = streamsWith(db, index, column, value).filter((stream) => wanted.has(stream));
  return present.flatMap((stream) =>
    kinds.map(({ verdict, human }) => ({
      index,
      where: `${column} = ? AND stream_id = ? AND verdict = ? AND human = ?`,
      values: [value, stream, verdict, human],
    })),
  );
}

/** Streams in which a lot or serial occurs, found by leaping from one to the next in its index. */
function streamsWith(
  db: ReadableDb,
  index: Cell['index'],
  column: 'lot_id' | 'serial',
  value: string | number,
): number[] {
  const found: number[] = [];
  for (let last = 0; ;) {
    const next = row<{ stream_id: number }>(
      db,
      `SELECT stream_id FROM inspections INDEXED BY ${index}
       WHERE ${column} = ? AND stream_id > ? ORDER BY stream_id LIMIT 1`,
      value,
      last,
    );
    if (next === undefined) return found;
    last = next.stream_id;
    found.push(last);
  }
}
