import Database from 'better-sqlite3';

/** What is on record of one source. */
export interface Witness {
  parts: number;
  ok: number;
}

/**
 * Reads the database by itself, with none of the station's code, and says what breaks the promise: every part delivered is on
 * record exactly once with a verdict, and no part was called OK that was not judged.
 * @param delivered origins of the parts, each once
 * @returns what is wrong, one line a part; empty where the promise is kept
 */
export function breaches(
  file: string,
  sourceId: number,
  delivered: readonly string[],
): { wrong: string[]; seen: Witness } {
  const db = new Database(file, { readonly: true });
  try {
    const rows = db
      .prepare(
        `SELECT origin, verdict, score, reason, model_id AS model, review_from AS review
         FROM inspections JOIN streams ON streams.id = stream_id
         LEFT JOIN thresholds ON thresholds.id = thresholds_id WHERE source_id = ?`,
      )
      .all(sourceId) as Part[];
    const check = db.prepare('PRAGMA integrity_check').pluck().all();
    const times = new Map<string, number>();
    for (const { origin } of rows) times.set(origin, (times.get(origin) ?? 0) + 1);
    const wrong = [
      ...(check.length === 1 && check[0] === 'ok' ? [] : [`the database: ${check.join()}`]),
      ...delivered.filter((origin) => !times.has(origin)).map((origin) => `${origin} is lost`),
      ...[...times].filter(([, count]) => count > 1).map(([origin, count]) => `${origin}: ${count} times`),
      ...[...times.keys()].filter(unknownTo(delivered)).map((origin) => `${origin} was never delivered`),
      ...rows.flatMap(unjudged),
    ];
    return { wrong, seen: { parts: rows.length, ok: rows.filter(({ verdict }) => verdict === 0).length } };
  } finally {
    db.close();
  }
}

interface Part {
  origin: string;
  verdict: number;
  score: number | null;
  reason: string | null;
  model: number | null;
  review: number | null;
}

function unknownTo(delivered: readonly string[]): (origin: string) => boolean {
  const known = new Set(delivered);
  return (origin) => !known.has(origin);
}

function unjudged({ origin, verdict, score, reason, model, review }: Part): string[] {
  if (![0, 1, 2].includes(verdict)) return [`${origin} has no verdict`];
  if (verdict !== 0) return [];
  const isJudged = reason === null && model !== null && score !== null && review !== null && score < review;
  return isJudged ? [] : [`${origin} was called OK without being judged`];
}
