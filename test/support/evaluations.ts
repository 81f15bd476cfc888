import { usualCosts } from '../../electron/contract/usualSettings.ts';
import type { EvaluateReply, MeasuredCondition, Rate, SiteCost } from '../../electron/contract/evaluation.ts';
import type { ReportSettings } from '../../electron/contract/report.ts';
import type { MeasuredModel } from '../../electron/report/evaluation/measureModels.ts';

/** Three good parts and two with a crack, scored under a clean and a disturbed condition; thresholds 0.4 and 0.6. */
export const labels = ['ok', 'ok', 'ok', 'crack', 'crack'] as const;

const rate = (hits: number, of: number): Rate => ({
  ...{ value: hits / of, hits, of },
  interval: [Math.max(0, hits / of - 0.1), Math.min(1, hits / of + 0.1)],
});

function condition(
  name: string,
  kind: MeasuredCondition['kind'],
  scores: readonly number[],
): MeasuredCondition {
  const isRight = scores.map((score, at) => score >= 0.6 === (labels[at] !== 'ok'));
  const count = (of: (score: number, label: string) => boolean) =>
    scores.filter((score, at) => of(score, labels[at]!)).length;
  return {
    ...{ name, kind, isRight },
    scores: [...scores],
    accuracy: rate(isRight.filter(Boolean).length, 5),
    falseAlarms: rate(
      count((score, label) => label === 'ok' && score >= 0.6),
      3,
    ),
    escapes: rate(
      count((score, label) => label !== 'ok' && score < 0.4),
      2,
    ),
    reviews: rate(
      count((score) => score >= 0.4 && score < 0.6),
      5,
    ),
  };
}

export interface Scores {
  readonly clean: readonly number[];
  readonly noise: readonly number[];
}

/** @param value expected cost */
export function siteCost(value: number): SiteCost {
  const figures = {
    value,
    items: { falseAlarms: value / 2, escapes: value / 4, reviews: value / 4, lineStops: 0 },
    ...{ falseAlarmRate: 0.0625, escapeRate: 0.125, reviewRate: 0.1, lineStops: 0 },
  };
  return {
    ...figures,
    interval: [value - 3, value + 4],
    byCondition: [
      { name: 'clean', weight: 0.75, ...figures },
      { name: 'gaussian-noise/3', weight: 0.25, ...figures },
    ],
    claims: [{ kind: 'fewParts', label: 'crack', parts: 2, enough: 30 }],
  };
}

export function evaluation(model: string, { clean, noise }: Scores, cost: number): EvaluateReply {
  const undisturbed = condition('clean', 'clean', clean);
  const attacked = condition('linf:0.0078', 'attacked', noise);
  const { falseAlarms, escapes, reviews } = undisturbed;
  const accuracies = [1, 2, 3, 4, 5].map((severity) => rate(5 - Math.min(4, severity), 5));
  return {
    ...{ model, sha256: 'a'.repeat(64), kind: 'anomaly', labels: ['ok', 'ng'] },
    thresholds: { review: 0.4, ng: 0.6 },
    calibration: null,
    clean: {
      ...{ accuracy: undisturbed.accuracy, auroc: { value: 0.9375, interval: [0.8, 1] } },
      ...{ falseAlarms, escapes, reviews },
      byLabel: [{ label: 'crack', images: 2, auroc: 0.9375, detected: rate(2, 2) }],
      scores: [],
    },
    types: null,
    cleanAccuracy: undisturbed.accuracy,
    corruption: { 'gaussian-noise': accuracies },
    corruptionAccuracy: 0.4375,
    robust: [
      {
        name: 'linf:0.0078',
        epsilon: 2 / 255,
        accuracy: attacked.accuracy,
        brokenBy: { pgd: 2 },
        verdicts: attacked.accuracy,
      },
    ],
    flags: [{ kind: 'squareFound', images: 1, of: 5 }],
    images: labels.map((label, at) => ({ path: `/data/${label}/${at}.png`, label, group: null })),
    unreadable: [],
    conditions: [undisturbed, condition('gaussian-noise/3', 'disturbed', noise), attacked],
    cost: siteCost(cost),
    unmet: [],
    ...{ inferenceMs: 4.25, inferenceP99Ms: 6.5, flops: 5.94e7, evaluationFlops: 1e9, seconds: 3 },
    training: {
      ...{ flops: 2e12, seconds: 90, epochs: 4, parameters: 1234, layers: ['conv 1'] },
      ...{ thresholds: null, wholeFlops: 1.6e13 },
    },
  };
}

export const settings: ReportSettings = {
  data: '/data',
  corruptions: ['gaussian-noise'],
  attacks: { attacks: ['pgd'], norm: 'linf', epsilons: [2 / 255], steps: {} },
  site: { clean: 0.75, 'gaussian-noise/3': 0.25 },
  costs: usualCosts,
  ...{ seed: 7, provider: 'cpu', threads: 2 },
};

/** Better about the first part under noise and the last undisturbed, worse about the second undisturbed. */
const before: Scores = { clean: [0.1, 0.2, 0.7, 0.9, 0.5], noise: [0.65, 0.2, 0.7, 0.9, 0.9] };
const after: Scores = { clean: [0.1, 0.45, 0.7, 0.9, 0.8], noise: [0.1, 0.2, 0.7, 0.9, 0.9] };

export function measuredModels(names: readonly [string, string] = ['base', 'tuned']): MeasuredModel[] {
  const [first, second] = names.map((name) => `/models/${name}.onnx`) as [string, string];
  return [
    { evaluation: { ...evaluation(first, before, 50), training: null }, costs: [], layers: null },
    {
      evaluation: evaluation(second, after, 20),
      costs: [{ difference: -30, interval: [-40, -22] }],
      layers: {
        base: first,
        images: 5,
        modules: [
          { name: 'conv 1', size: 36, weightChange: 0.125, cka: 0.875 },
          { name: 'fc', size: 12, weightChange: 0, cka: 1 },
        ],
      },
    },
  ];
}
