import type { EvaluateReply } from '../../contract/evaluation.ts';
import type { ChangeDirection, ModelComparison, PartChange, PartJudgement } from '../../contract/report.ts';
import type { SiteWeights } from '../../contract/site.ts';
import { decide, judgedByLimits, thresholdsFor, type Verdict } from '../../contract/verdict.ts';

/** How far from the truth each verdict is. */
const distance: Readonly<Record<'good' | 'defective', Readonly<Record<Verdict, number>>>> = {
  good: { OK: 0, REVIEW: 1, NG: 2 },
  defective: { NG: 0, REVIEW: 1, OK: 2 },
};

/** The parts that two models, measured on the same images, judge differently. Attacked parts are other ones for each. */
export function changedParts(
  first: EvaluateReply,
  second: EvaluateReply,
  site: SiteWeights,
): Pick<ModelComparison, 'counts' | 'parts'> {
  const names = first.conditions.filter(({ kind }) => kind !== 'attacked').map(({ name }) => name);
  const changes = new Map(names.map((name) => [name, changesUnder(name, first, second)]));
  const count = (parts: readonly PartChange[], direction: ChangeDirection) =>
    parts.filter((part) => part.direction === direction).length;
  const weightOf = (name: string) => site[name] ?? 0;
  return {
    counts: [...changes].map(([condition, parts]) => {
      return { condition, better: count(parts, 'better'), worse: count(parts, 'worse') };
    }),
    parts: names
      .filter((name) => weightOf(name) > 0)
      .sort((a, b) => weightOf(b) - weightOf(a))
      .flatMap((name) => changes.get(name)!),
  };
}

function changesUnder(condition: string, first: EvaluateReply, second: EvaluateReply): PartChange[] {
  return first.images.flatMap(({ path, label }, at): PartChange[] => {
    const [before, after] = [judgement(first, condition, at), judgement(second, condition, at)];
    const [was, is] = [errorOf(label, before), errorOf(label, after)];
    if (was === is) return [];
    const direction = is < was ? 'better' : 'worse';
    return [{ path, label, condition, direction, before, after, picture: null }];
  });
}

function judgement({ conditions, thresholds }: EvaluateReply, name: string, at: number): PartJudgement {
  const condition = conditions.find((each) => each.name === name)!;
  const score = condition.scores[at]!;
  const type = condition.types?.[at] ?? null;
  return {
    verdict: score === null ? null : decide(score, thresholdsFor(judgedByLimits(thresholds), type)),
    score,
    isRight: condition.isRight[at]!,
  };
}

function errorOf(label: string, { verdict, isRight }: PartJudgement): number {
  if (verdict === null) return isRight ? 0 : distance.good.NG;
  return distance[label === 'ok' ? 'good' : 'defective'][verdict];
}

/**
 * Parts worth a picture, each part once: by turns what became worse and better of every kind of part.
 * @param most of them
 */
export function exampleParts(parts: readonly PartChange[], most: number): PartChange[] {
  const seen = new Set<string>();
  const kinds = new Map<string, PartChange[]>();
  for (const part of parts) {
    if (seen.has(part.path)) continue;
    seen.add(part.path);
    const kind = `${part.direction} ${part.label}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), part]);
  }
  // `worse` sorts behind `better`.
  const queues = [...kinds].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, queue]) => queue);
  const longest = Math.max(0, ...queues.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, turn) => queues.flatMap((queue) => queue[turn] ?? []));
  return turns.flat().slice(0, most);
}
