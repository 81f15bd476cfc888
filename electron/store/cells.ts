import type { HistoryFilter } from '../contract/history.ts';
import { verdicts, type Verdict } from '../contract/verdict.ts';
import { humanCodes, verdictCodes } from './codes.ts';
import { rows, type ReadableDb, type SqlValue } from './db.ts';
import { findLot, findStreams } from './intern.ts';

/**
 * A cell is a set of parts that lie side by side in one index, ordered by time: one stream, one verdict, one
 * human word, and perhaps one lot or one serial. Any filter is a set of cells within a period; a cell is
 * entered by one seek, so an empty one costs next to nothing.
 */
export interface Cells {
  index: 'inspections_by_stream' | 'inspections_by_lot' | 'inspections_by_serial' | 'inspections_by_label';
  /** The lot, serial or defect type that all of these cells share. */
  prefix: { column: 'lot_id' | 'serial' | 'label'; value: string | number } | null;
  /** Only parts of this defect type, which the index does not know; `null` = all. */
  label: string | null;
  streams: number[];
  kinds: Kind[];
}

export interface Kind {
  verdict: number;
  human: number;
}

/** Which one of the cells. */
export type CellAddress = Kind & { stream: number };

/** `null`: the filter leaves out nothing but by time, so the index by time serves it. */
export function cellsOf(db: ReadableDb, filter: HistoryFilter): Cells[] | null {
  const kinds = kindsOf(filter);
  const { text, label, productId, sourceId, modelId } = filter;
  const anyStream = productId === null && sourceId === null && modelId === null;
  if (text === null && label !== null) return [cellsWithLabel(db, filter, label)];
  if (text === null && anyStream && kinds.length === allKinds.length) return null;

  const streams = findStreams(db, { productId, sourceId, modelId });
  if (text === null) return [{ index: 'inspections_by_stream', prefix: null, label, streams, kinds }];
  const within = (index: Cells['index'], prefix: NonNullable<Cells['prefix']>): Cells => {
    const present = new Set(streamsWith(db, index, prefix));
    return { index, prefix, label, streams: streams.filter((stream) => present.has(stream)), kinds };
  };
  const lot = findLot(db, text);
  return [
    ...(lot === undefined ? [] : [within('inspections_by_lot', { column: 'lot_id', value: lot })]),
    within('inspections_by_serial', { column: 'serial', value: text }),
  ];
}

/** The cells of one defect type. */
export function cellsWithLabel(db: ReadableDb, filter: HistoryFilter, label: string): Cells {
  const prefix = { column: 'label', value: label } as const;
  const index = 'inspections_by_label';
  const present = new Set(streamsWith(db, index, prefix));
  const streams = findStreams(db, filter).filter((stream) => present.has(stream));
  return { index, prefix, label: null, streams, kinds: kindsOf(filter) };
}

/** Condition that selects one cell; its values are the prefix's, then stream, verdict, human word and perhaps label. */
export function cellCondition({ prefix, label }: Pick<Cells, 'prefix' | 'label'>): string {
  return `${prefix === null ? '' : `${prefix.column} = ? AND`} stream_id = ? AND verdict = ? AND human = ?
    ${label === null ? '' : 'AND label = ?'}`;
}

export function cellValues(cells: Cells, { stream, verdict, human }: CellAddress): SqlValue[] {
  const { prefix, label } = cells;
  return [
    ...(prefix === null ? [] : [prefix.value]),
    ...[stream, verdict, human],
    ...(label === null ? [] : [label]),
  ];
}

/**
 * One figure of every cell that has it, by a single statement.
 * @param figure SQL of an aggregate over the parts of one cell, e.g. `max(time_ms)`; cells where it is NULL are left out.
 * @param condition SQL of a further condition, with its `values`.
 */
export function figureOfCells(
  db: ReadableDb,
  cells: Cells,
  figure: string,
  condition: string,
  values: SqlValue[],
): Array<CellAddress & { figure: number }> {
  const { prefix, index, label } = cells;
  return rows(
    db,
    `WITH figures AS MATERIALIZED (
       SELECT streams.value AS stream, kinds.value / 3 AS verdict, kinds.value % 3 AS human, (
         SELECT ${figure} FROM inspections INDEXED BY ${index}
         WHERE ${prefix === null ? '' : `${prefix.column} = ? AND`} stream_id = streams.value
           AND verdict = kinds.value / 3 AND human = kinds.value % 3 AND ${condition}
           ${label === null ? '' : 'AND label = ?'}
       ) AS figure
       FROM json_each(?) AS streams, json_each(?) AS kinds
     )
     SELECT * FROM figures WHERE figure IS NOT NULL`,
    ...(prefix === null ? [] : [prefix.value]),
    ...values,
    ...(label === null ? [] : [label]),
    JSON.stringify(cells.streams),
    JSON.stringify(cells.kinds.map(({ verdict, human }) => verdict * 3 + human)),
  );
}

/** Parts of cells that have a defect type, by it and by verdict. @param condition as in `figureOfCells` */
export function countByLabel(
  db: ReadableDb,
  { prefix, index, label, streams, kinds }: Cells,
  condition: string,
  values: SqlValue[],
): Array<{ label: string; verdict: number; parts: number }> {
  return rows(
    db,
    `SELECT label, verdict, count(*) AS parts FROM inspections INDEXED BY ${index}
     WHERE ${prefix === null ? '' : `${prefix.column} = ? AND`} stream_id IN (SELECT value FROM json_each(?))
       AND verdict * 3 + human IN (SELECT value FROM json_each(?)) AND ${condition}
       AND label ${label === null ? 'IS NOT NULL' : '= ?'}
     GROUP BY label, verdict`,
    ...(prefix === null ? [] : [prefix.value]),
    JSON.stringify(streams),
    JSON.stringify(kinds.map(({ verdict, human }) => verdict * 3 + human)),
    ...values,
    ...(label === null ? [] : [label]),
  );
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

/** Streams in which a lot or serial occurs, found by leaping from one to the next in its index. */
function streamsWith(
  db: ReadableDb,
  index: Cells['index'],
  { column, value }: NonNullable<Cells['prefix']>,
): number[] {
  const next = (after: string) =>
    `SELECT min(stream_id) FROM inspections INDEXED BY ${index} WHERE ${column} = ? AND stream_id > ${after}`;
  return rows<{ stream: number }>(
    db,
    `WITH RECURSIVE present (stream) AS (
       SELECT (${next('0')})
       UNION ALL SELECT (${next('present.stream')}) FROM present WHERE present.stream IS NOT NULL
     )
     SELECT stream FROM present WHERE stream IS NOT NULL`,
    value,
    value,
  ).map(({ stream }) => stream);
}
