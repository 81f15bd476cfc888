import type { ModelRole } from '../../../contract/report.ts';
import type { Calibration, Claim, EvaluateReply, SiteCost } from '../../../contract/evaluation.ts';

type FlagKind = EvaluateReply['flags'][number]['kind'];
type Unmet = EvaluateReply['unmet'][number];

/** What a limit that is not kept looks like, with its numbers written out. */
export interface UnmetWords extends Pick<Unmet, 'ceiling' | 'type'> {
  readonly limit: string;
  readonly reached: string;
}

/** Every word of the report in one language. Numbers come formatted. */
export interface ReportTexts {
  readonly title: string;
  readonly madeAt: string;
  readonly sections: Readonly<
    Record<
      | 'summary'
      | 'sideBySide'
      | 'cost'
      | 'corruptions'
      | 'attacks'
      | 'layers'
      | 'parts'
      | 'details'
      | 'method',
      string
    >
  >;
  readonly model: string;
  /** Names of models with what they are to a retraining. */
  readonly roles: Readonly<Record<ModelRole, (name: string) => string>>;
  readonly reference: string;
  readonly none: string;
  /** Puts sentences, or the members of a list, beside each other. */
  readonly sentences: (sentences: readonly string[]) => string;
  readonly list: (members: readonly string[]) => string;
  /** Of a share with its ends. */
  readonly interval: (low: string, high: string) => string;
  readonly good: string;
  readonly defective: string;
  readonly verdict: Readonly<Record<'OK' | 'NG' | 'REVIEW' | 'right' | 'wrong', string>>;
  readonly undisturbed: string;
  readonly condition: (name: string, severity: string) => string;
  readonly attacked: (norm: string, epsilon: string) => string;

  readonly summary: {
    readonly cost: (model: string, amount: string, low: string, high: string) => string;
    readonly cheaper: (model: string, other: string, amount: string, low: string, high: string) => string;
    readonly dearer: (model: string, other: string, amount: string, low: string, high: string) => string;
    readonly unclear: (model: string, other: string, amount: string, low: string, high: string) => string;
    readonly rates: (falseAlarms: string, escapes: string) => string;
    readonly ratesFrom: (falseAlarms: [string, string], escapes: [string, string]) => string;
    readonly changed: (better: string, worse: string) => string;
    readonly unchanged: string;
    readonly accuracy: (model: string, accuracy: string, low: string, high: string) => string;
    readonly accuracyFrom: (before: string, after: string) => string;
    readonly noCost: string;
    readonly cautions: string;
    readonly fewParts: (list: string, enough: string) => string;
    readonly mix: (parts: string) => string;
    readonly usualMix: string;
    readonly images: (images: string, good: string, defective: string) => string;
    readonly unreadable: (images: string) => string;
  };

  readonly figures: Readonly<
    Record<
      | 'expectedCost'
      | 'difference'
      | 'falseAlarmsMix'
      | 'escapesMix'
      | 'cleanAccuracy'
      | 'auroc'
      | 'falseAlarms'
      | 'escapes'
      | 'reviews'
      | 'corruptionAccuracy'
      | 'inference'
      | 'flops'
      | 'trainFlops'
      | 'trainTime'
      | 'trainedParameters'
      | 'flags',
      string
    >
  >;
  readonly robustAccuracy: (norm: string, epsilon: string) => string;
  /** Good parts that stay OK under attack, and defective ones that never pass. */
  readonly verdictsHeld: (norm: string, epsilon: string) => string;
  readonly shareOfWhole: (share: string) => string;

  readonly costItems: Readonly<Record<keyof SiteCost['items'], string>>;
  readonly costCaption: (currency: string) => string;
  readonly corruptionsCaption: string;
  readonly severity: string;
  readonly mean: string;
  readonly attacksCaption: (attacks: string) => string;
  readonly attackRadius: (norm: string) => string;
  readonly layersCaption: (base: string, images: string) => string;
  readonly module: string;
  readonly weights: string;
  readonly weightChange: string;
  readonly cka: string;
  readonly partsCaption: (model: string, other: string) => string;
  readonly better: string;
  readonly worse: string;
  readonly before: string;
  readonly after: string;
  readonly noChanges: string;
  readonly noPicture: (parts: string) => string;

  readonly details: Readonly<
    Record<
      | 'data'
      | 'images'
      | 'file'
      | 'hash'
      | 'kind'
      | 'thresholds'
      | 'calibration'
      | 'byLabel'
      | 'byType'
      | 'named'
      | 'called'
      | 'review'
      | 'label'
      | 'detected'
      | 'costs'
      | 'byCondition'
      | 'weight'
      | 'claims'
      | 'unreadable'
      | 'leftOut'
      | 'attackOrder'
      | 'brokenBy'
      | 'seed'
      | 'processor'
      | 'version'
      | 'trainedLayers'
      | 'unmet',
      string
    >
  >;
  readonly kinds: Readonly<Record<'anomaly' | 'classifier', string>>;
  readonly thresholds: (review: string, ng: string) => string;
  readonly thresholdsOfType: (type: string) => string;
  readonly threads: (provider: string, threads: string) => string;
  readonly costInputs: Readonly<
    Record<
      | 'falseAlarm'
      | 'escape'
      | 'review'
      | 'lineStop'
      | 'defectRate'
      | 'falseAlarmCeiling'
      | 'recallCeiling'
      | 'latencyCeiling'
      | 'attackWeight',
      string
    >
  >;
  readonly lineStop: (cost: string, ng: string, parts: string) => string;
  readonly brokenBy: (attack: string, images: string) => string;
  readonly noise: string;
  readonly flags: Readonly<Record<FlagKind, string>>;
  readonly flagged: (words: string, images: string, of: string) => string;
  readonly unmet: (words: UnmetWords) => string;
  /** How thresholds were chosen for the evaluation. */
  readonly calibrated: (basis: Calibration['basis'], images: string, share: string) => string;
  readonly method: readonly string[];

  /** @param percent writes shares, 0..1 */
  readonly claim: (claim: Claim, percent: (share: number) => string) => string;
}
