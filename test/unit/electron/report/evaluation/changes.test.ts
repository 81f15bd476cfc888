import { describe, expect, it } from 'vitest';
import type { PartChange } from '../../../../../electron/contract/report.ts';
import { changedParts, exampleParts } from '../../../../../electron/report/evaluation/changes.ts';
import { measuredModels, settings } from '../../../../support/evaluations.ts';

const [base, tuned] = measuredModels().map(({ evaluation }) => evaluation);

describe('changedParts', () => {
  it('tells which parts are judged better and which worse, a review lying between right and wrong', () => {
    const { parts } = changedParts(base!, tuned!, settings.site);
    expect(parts.map(({ path, condition, direction }) => [path, condition, direction])).toEqual([
      ['/data/ok/1.png', 'clean', 'worse'],
      ['/data/crack/4.png', 'clean', 'better'],
      ['/data/ok/0.png', 'gaussian-noise/3', 'better'],
    ]);
    expect(parts[0]).toMatchObject({
      before: { verdict: 'OK', score: 0.2, isRight: true },
      after: { verdict: 'REVIEW', score: 0.45 },
    });
  });

  it('counts under every condition but attacks, and lists parts of the site’s mix only', () => {
    const { counts, parts } = changedParts(base!, tuned!, { clean: 1 });
    expect(counts).toEqual([
      { condition: 'clean', better: 1, worse: 1 },
      { condition: 'gaussian-noise/3', better: 1, worse: 0 },
    ]);
    expect(new Set(parts.map(({ condition }) => condition))).toEqual(new Set(['clean']));
  });

  it('goes by right and wrong where there is no verdict', () => {
    const unscored = (of: typeof base) => ({
      ...of!,
      conditions: of!.conditions.map((condition) => ({
        ...condition,
        scores: condition.scores.map(() => null),
      })),
    });
    const { parts } = changedParts(unscored(base), unscored(tuned), { clean: 1 });
    expect(parts).toMatchObject([
      { path: '/data/crack/4.png', direction: 'better', after: { verdict: null } },
    ]);
  });
});

describe('exampleParts', () => {
  const judged = { verdict: 'OK', score: 0, isRight: true } as const;
  const part = (path: string, label: string, direction: PartChange['direction']): PartChange => ({
    ...{ path, label, direction, condition: 'clean', before: judged, after: judged, picture: null },
  });
  const parts = [
    part('a', 'ok', 'better'),
    part('b', 'ok', 'better'),
    part('c', 'crack', 'better'),
    part('d', 'ok', 'worse'),
    part('d', 'ok', 'better'),
    part('e', 'ok', 'worse'),
  ];

  it('shows every kind of change by turns, what became worse first, no part twice', () => {
    expect(exampleParts(parts, 10).map(({ path }) => path)).toEqual(['d', 'a', 'c', 'e', 'b']);
  });

  it('shows no more than asked for', () => {
    expect(exampleParts(parts, 2)).toHaveLength(2);
    expect(exampleParts([], 2)).toEqual([]);
  });
});
