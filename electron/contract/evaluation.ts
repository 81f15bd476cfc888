import { z } from 'zod';
import { Costs } from './costs.ts';
import { FilePath, Interval, Sha256 } from './domain.ts';
import { ErrorInfo } from './errors.ts';
import { SiteWeights } from './site.ts';
import { Limits, Verdict } from './verdict.ts';

/** Image with its truth, for evaluation. `group` keeps related images together. */
export const LabelledImage = z.object({
  path: FilePath,
  /** `ok` or the defect type. */
  label: z.string(),
  group: z.string().nullable(),
});
export type LabelledImage = z.infer<typeof LabelledImage>;

/** Attacks to run, each on what the ones before left standing. */
export const AttackPlan = z.object({
  attacks: z.array(z.string()).min(1),
  norm: z.enum(['linf', 'l2']),
  /** Radii, of pixel values in [0, 1]. */
  epsilons: z.array(z.number().positive()).min(1),
  /** Iterations, by attack. */
  steps: z.record(z.string(), z.number().int().positive()),
});

/** What the parts at hand can show and what they cannot; see native-models/evaluate/claims.ts. */
export const Claim = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('bound'),
    /** `ok`, or a type of defect. */
    label: z.string(),
    rate: z.number(),
    parts: z.number(),
    /** With 95 % confidence. */
    atMost: z.number(),
  }),
  z.object({ kind: z.literal('noDefects') }),
  z.object({ kind: z.literal('noGoodParts') }),
  z.object({ kind: z.literal('attacksUntested') }),
  z.object({ kind: z.literal('fewParts'), label: z.string(), parts: z.number(), enough: z.number() }),
  z.object({
    kind: z.literal('ceilingUnproven'),
    ceiling: z.enum(['falseAlarmRate', 'recall']),
    label: z.string(),
    limit: z.number(),
    worst: z.number(),
    needed: z.number(),
  }),
  z.object({ kind: z.literal('typeUntested'), type: z.string() }),
  z.object({ kind: z.literal('typeUnstated'), type: z.string() }),
]);
export type Claim = z.infer<typeof Claim>;

export const EvaluateJob = z.object({
  model: FilePath,
  images: z.array(LabelledImage).min(1),
  /** Instead of those that its training chose or that are stored in the model. */
  thresholds: Limits.nullable(),
  /** Each at five severities; `all` = every one there is. */
  corruptions: z.union([z.literal('all'), z.array(z.string())]),
  attacks: AttackPlan.nullable(),
  /** Conditions of the line; measured whether or not they are among the corruptions. */
  site: SiteWeights,
  costs: Costs,
  /** Folder of the training that made the model; `null`: the one the model lies in. */
  run: FilePath.nullable(),
  /** Share of the images, of each class, on which thresholds are chosen; nothing else is measured on them. 0: none. */
  calibrate: z.number().min(0).max(0.9).default(0),
  /** Images computed at one time. */
  batch: z.number().int().min(1).max(4096),
  seed: z.number().int().nonnegative(),
});
export type EvaluateJob = z.infer<typeof EvaluateJob>;

export const Rate = z.object({ value: z.number(), interval: Interval, hits: z.number(), of: z.number() });
export type Rate = z.infer<typeof Rate>;

const verdictRates = {
  /** Good parts called NG, of all good parts. */
  falseAlarms: Rate.nullable(),
  /** Defective parts called OK, of all defective parts. */
  escapes: Rate.nullable(),
  /** Parts of either kind sent to review. */
  reviews: Rate.nullable(),
};

/** What images that cannot be judged do not hide: verdicts of undisturbed images. */
const VerdictFigures = z.object({
  /** Share of images whose verdict is right, a review counted as wrong. */
  accuracy: Rate.nullable(),
  /** Area under the ROC curve of score against "is defective"; `null` when one class is missing. */
  auroc: z.object({ value: z.number(), interval: Interval }).nullable(),
  ...verdictRates,
  byLabel: z.array(
    z.object({ label: z.string(), images: z.number().int(), auroc: z.number().nullable(), detected: Rate }),
  ),
  scores: z.array(
    z.object({
      path: FilePath,
      label: z.string(),
      score: z.number().nullable(),
      verdict: Verdict,
      error: ErrorInfo.nullable(),
    }),
  ),
});

export const SanityFlag = z.object({
  kind: z.enum([
    'randomised',
    'probabilities',
    'zeroGradients',
    'epsilonHarmless',
    'squareFound',
    'noiseFound',
  ]),
  /** Images that show it, of those looked at. */
  images: z.number().int(),
  of: z.number().int(),
});

/** The same images under one condition, in the order of the images that can be read. */
export const MeasuredCondition = z.object({
  /** `clean`, `gaussian-noise/3` or `linf:0.0078`. */
  name: z.string(),
  kind: z.enum(['clean', 'disturbed', 'attacked']),
  /** `null` of a classifier without a class that means OK. */
  scores: z.array(z.number().nullable()),
  /** Defect type that each looks most like, whose thresholds decide; left out by models that name none. */
  types: z.array(z.string().nullable()).optional(),
  isRight: z.array(z.boolean()),
  accuracy: Rate,
  ...verdictRates,
});
export type MeasuredCondition = z.infer<typeof MeasuredCondition>;

/** Parts of an expected cost, per 1,000 parts. */
export const CostItems = z.object({
  falseAlarms: z.number(),
  escapes: z.number(),
  reviews: z.number(),
  lineStops: z.number(),
});

const costFigures = {
  /** Per 1,000 parts, in the currency of the costs. */
  value: z.number(),
  items: CostItems,
  /** In the line's mix of parts; `null` without such parts. */
  falseAlarmRate: z.number().nullable(),
  escapeRate: z.number().nullable(),
  reviewRate: z.number(),
  /** Stops per 1,000 parts. */
  lineStops: z.number(),
};

/** A limit that is not kept: one the plant states, or what the model in use lets pass (`escapeRate`). */
export const UnmetCeiling = z.object({
  ceiling: z.enum(['falseAlarmRate', 'recall', 'escapeRate', 'latencyP99Ms']),
  /** The type of defect that a recall or a rate of escapes is about; `null`: all, or no matter of types. */
  type: z.string().nullable(),
  limit: z.number(),
  reached: z.number(),
});
export type UnmetCeiling = z.infer<typeof UnmetCeiling>;

/** Expected cost per 1,000 parts of the line. */
export const SiteCost = z.object({
  ...costFigures,
  interval: Interval.nullable(),
  byCondition: z.array(z.object({ name: z.string(), weight: z.number(), ...costFigures })),
  claims: z.array(Claim),
});
export type SiteCost = z.infer<typeof SiteCost>;

/** What a training took, as its run folder says. */
export const TrainingFacts = z.object({
  flops: z.number(),
  seconds: z.number(),
  epochs: z.number().int(),
  /** Elements of the trained tensors. */
  parameters: z.number().int(),
  /** Modules that trained; `null` where the run does not say. */
  layers: z.array(z.string()).nullable(),
  /** Chosen by the training, for a classifier's card holds none; `null` where the run does not say. */
  thresholds: Limits.nullable(),
  /** Of adversarial training (PGD-10) of the whole model, estimated beforehand; `null` where the run has no plan. */
  wholeFlops: z.number().nullable(),
});
export type TrainingFacts = z.infer<typeof TrainingFacts>;

/** The images that thresholds were chosen on, by expected cost under the ceilings; all figures are of the others. */
export const Calibration = z.object({
  share: z.number(),
  images: z.number().int(),
  /** See native-models/evaluate/chooseThresholds.ts; `null` of a classifier without a class that means OK: nothing to choose. */
  basis: z.enum(['cost', 'goodParts', 'defects']).nullable(),
  /** Ceilings that no thresholds keep on these images. */
  unmet: z.array(UnmetCeiling),
});
export type Calibration = z.infer<typeof Calibration>;

/** What a classifier calls the images of each label; `ok` is good. */
export const TypeMatrix = z.object({
  /** `ok`, the defect types the model knows, `review`. */
  columns: z.array(z.string()),
  rows: z.array(
    z.object({
      label: z.string(),
      images: z.number().int(),
      /** How many were called what, in the order of the columns. */
      said: z.array(z.number().int()),
      /** Called by their own type. */
      named: Rate,
      /** Not called OK. */
      stopped: Rate,
    }),
  ),
});
export type TypeMatrix = z.infer<typeof TypeMatrix>;

export const EvaluateReply = z.object({
  model: FilePath,
  sha256: Sha256,
  kind: z.enum(['anomaly', 'classifier']),
  /** In the order of the logits. */
  labels: z.array(z.string()),
  thresholds: Limits,
  /** Where the thresholds were chosen for this evaluation; `null` where they were not. */
  calibration: Calibration.nullable(),
  /** `null` for a classifier without a class that means OK. */
  clean: VerdictFigures.nullable(),
  /** Of a classifier: what it calls the undisturbed images of each type. */
  types: TypeMatrix.nullable().default(null),
  /** Share of undisturbed images whose class is right. */
  cleanAccuracy: Rate.nullable(),
  /** By name, at severities 1 to 5. */
  corruption: z.record(z.string(), z.array(Rate)),
  corruptionAccuracy: z.number().nullable(),
  robust: z.array(
    z.object({
      /** Key of cli.md, e.g. `linf:0.0078`. */
      name: z.string(),
      epsilon: z.number(),
      accuracy: Rate,
      brokenBy: z.record(z.string(), z.number().int()),
      /** Verdicts that withstood: good parts that stay OK, and defective ones that never pass. */
      verdicts: Rate.nullable().default(null),
    }),
  ),
  flags: z.array(SanityFlag),
  images: z.array(LabelledImage),
  unreadable: z.array(LabelledImage.extend({ error: ErrorInfo })),
  /** Every image of `images` under each condition. */
  conditions: z.array(MeasuredCondition),
  /** Under the site's mix, at the thresholds; `null` for a classifier without a class that means OK. */
  cost: SiteCost.nullable(),
  /** Limits of the plant that are not kept; without a class that means OK only that of latency can be told. */
  unmet: z.array(UnmetCeiling),
  /** Median wall time of judging one image by itself, on this computer. */
  inferenceMs: z.number(),
  /** 99th percentile of the same. */
  inferenceP99Ms: z.number(),
  /** What it took to make the model, where its run is known. */
  training: TrainingFacts.nullable(),
  /** Of judging one image. */
  flops: z.number(),
  /** Of the whole evaluation. */
  evaluationFlops: z.number(),
  seconds: z.number(),
});
export type EvaluateReply = z.infer<typeof EvaluateReply>;

const Operating = EvaluateReply.pick({ thresholds: true }).extend({
  images: z.array(LabelledImage.omit({ path: true })),
  unreadable: z.array(LabelledImage.omit({ path: true })),
  conditions: z.array(MeasuredCondition.pick({ name: true, kind: true, scores: true, types: true })),
});

export const CompareCostsJob = z.object({
  first: Operating,
  second: Operating,
  site: SiteWeights,
  costs: Costs,
  seed: z.number().int().nonnegative(),
});
export type CompareCostsJob = z.infer<typeof CompareCostsJob>;

/** Cost of the second minus cost of the first per 1,000 parts, both billed for the same parts drawn anew. */
export const CostComparison = z.object({ difference: z.number(), interval: Interval });
export type CostComparison = z.infer<typeof CostComparison>;

export const CompareLayersJob = z.object({
  base: FilePath,
  model: FilePath,
  /** A seeded draw of them is shown to both models. */
  images: z.array(FilePath).min(1),
  seed: z.number().int().nonnegative(),
});
export type CompareLayersJob = z.infer<typeof CompareLayersJob>;

/** What a training changed, module by module; see native-models/evaluate/layerChange.ts. */
export const LayerChange = z.object({
  base: FilePath,
  modules: z.array(
    z.object({
      name: z.string(),
      /** Elements of its parameters. */
      size: z.number().int(),
      /** ‖W′ − W‖ / ‖W‖; `null` where all weights were 0 and are no longer. */
      weightChange: z.number().nullable(),
      /** Linear CKA of the activations, before against after: 1 = they say the same. `null` = it cannot be told. */
      cka: z.number().nullable(),
    }),
  ),
  /** Images behind `cka`. */
  images: z.number().int(),
});
export type LayerChange = z.infer<typeof LayerChange>;
