import type { Model } from '../contract/domain.ts';
import type { Replay, ScoreBin, ScoreHistogram } from '../contract/operating.ts';
import { judgedByModel, type Thresholds, type Verdict } from '../contract/verdict.ts';
import { everything } from '../contract/history.ts';
import { snapshot, type ReadableDb } from '../store/db.ts';
import { readInspections } from '../store/inspections.ts';
import { findChanged, type ChangedPart } from '../store/scoredParts.ts';
import { isOwnType, scoreCells, type ScoreCell } from '../store/scores.ts';
import type { Span } from '../store/spans.ts';
import { countHistory } from '../store/tallies.ts';

/** How the scores of a model lie in a period, by what people said of the parts. */
export function scoreHistogram(db: ReadableDb, model: Model, span: Span): ScoreHistogram {
  return snapshot(db, () => {
    const cells = scoreCells(db, { modelId: model.id, span });
    const bins = new Map<number, ScoreBin>();
    for (const { bin, human, parts } of cells) {
      const counted = bins.get(bin) ?? { score: bin, none: 0, ok: 0, ng: 0 };
      counted[human ?? 'none'] += parts;
      bins.set(bin, counted);
    }
    return {
      bins: [...bins.values()]
        .filter(({ none, ok, ng }) => none + ok + ng > 0)
        .sort((one, other) => one.score - other.score),
      unscored: unscored(db, model, span, cells),
      ownType: partsOf(cells.filter((cell) => isOwn(cell, model))),
    };
  });
}

/**
 * What a period would have looked like with another pair of thresholds. Only a part whose verdict was what its score and
 * its model's thresholds said may change; any other stays what it was and is counted by itself.
 */
export function replay(db: ReadableDb, model: Model, span: Span, asked: Thresholds, limit: number): Replay {
  return snapshot(db, () => {
    const cells = scoreCells(db, { modelId: model.id, span }, asked);
    const movable = cells.filter((cell) => cell.isByScore && !isOwn(cell, model));
    const moves = new Map<string, Replay['moves'][number]>();
    for (const cell of cells) {
      const { verdict: from, human, parts } = cell;
      const to = cell.isByScore && !isOwn(cell, model) ? cell.then : from;
      const key = `${from} ${to} ${human}`;
      const move = moves.get(key) ?? { from, to, human, parts: 0 };
      move.parts += parts;
      moves.set(key, move);
    }
    const ownType = cells.filter((cell) => isOwn(cell, model));
    return {
      moves: [...moves.values()].filter(({ parts }) => parts > 0),
      unscored: unscored(db, model, span, cells),
      ownType: partsOf(ownType),
      otherwise: partsOf(cells.filter((cell) => !cell.isByScore && !isOwn(cell, model))),
      changed: changedParts(db, model.id, span, asked, movable, limit),
    };
  });
}

/** Escapes and false alarms by a human's word first, then other judged parts, then the newest of the rest. */
const passes = [
  { human: 'ng', to: 'OK' },
  { human: 'ok', to: 'NG' },
  { human: 'ng', to: null },
  { human: 'ok', to: null },
  { human: null, to: null },
] as const;

function changedParts(
  db: ReadableDb,
  modelId: number,
  span: Span,
  asked: Thresholds,
  movable: readonly ScoreCell[],
  limit: number,
): Replay['changed'] {
  const changing = movable.filter(({ verdict, then, parts }) => parts > 0 && verdict !== then);
  const found = new Map<number, Verdict>();
  for (const { human, to } of passes) {
    if (found.size >= limit) break;
    const own = changing.filter((cell) => cell.human === human && (to === null || cell.then === to));
    const parts: ChangedPart[] = findChanged(db, { modelId, span }, asked, own, { human, to }, limit);
    for (const part of parts) if (found.size < limit) found.set(part.id, part.to);
  }
  return readInspections(db, [...found.keys()]).map((inspection) => ({
    inspection,
    to: found.get(inspection.id)!,
  }));
}

function isOwn({ thresholds }: ScoreCell, model: Model): boolean {
  return isOwnType(thresholds, judgedByModel(model));
}

function unscored(
  db: ReadableDb,
  { id }: Model,
  { fromMs, toMs }: Span,
  cells: readonly ScoreCell[],
): number {
  return countHistory(db, { ...everything, modelId: id, fromMs, toMs }) - partsOf(cells);
}

function partsOf(cells: readonly ScoreCell[]): number {
  return cells.reduce((sum, { parts }) => sum + parts, 0);
}
