import type { CostComparison, EvaluateReply } from '../contract/evaluation.ts';
import type { ReportSettings } from '../contract/report.ts';
import { changedParts } from '../report/evaluation/changes.ts';
import type { MeasuredModel } from '../report/evaluation/measureModels.ts';
import { textsOf } from '../report/evaluation/texts/index.ts';
import { inferenceWords, limitWords } from './limitWords.ts';
import { table } from './terminal.ts';

type Rate = EvaluateReply['cleanAccuracy'];
type Settings = Pick<ReportSettings, 'costs' | 'site'>;

const texts = textsOf('en');

/** What one model of those measured so far came to. */
export interface Told {
  readonly measured: MeasuredModel;
  /** Those before it. */
  readonly earlier: readonly MeasuredModel[];
  readonly settings: Settings;
}

/** One line of JSON, with the keys of docs/cli.md. */
export function recordOf({ measured, earlier, settings }: Told): Record<string, unknown> {
  const { evaluation: report, layers } = measured;
  const { clean, cost, training } = report;
  return {
    model: report.model,
    sha256: report.sha256,
    kind: report.types ? 'classifier' : report.kind,
    cleanAccuracy: report.cleanAccuracy?.value ?? null,
    auroc: clean?.auroc?.value ?? null,
    falseAlarmRate: clean?.falseAlarms?.value ?? null,
    escapeRate: clean?.escapes?.value ?? null,
    reviewRate: clean?.reviews?.value ?? null,
    threshold: report.thresholds.ng,
    reviewThreshold: report.thresholds.review,
    thresholdsByLabel: report.thresholds.byType ?? {},
    calibration: report.calibration,
    corruption: Object.fromEntries(
      Object.entries(report.corruption).map(([name, rates]) => [name, rates.map(({ value }) => value)]),
    ),
    corruptionAccuracy: report.corruptionAccuracy,
    robustAccuracy: Object.fromEntries(report.robust.map(({ name, accuracy }) => [name, accuracy.value])),
    underAttack: Object.fromEntries(report.robust.map((each) => [each.name, attackedRecord(each, report)])),
    brokenBy: Object.fromEntries(report.robust.map(({ name, brokenBy }) => [name, brokenBy])),
    expectedCost: cost?.value ?? null,
    cost: cost && costRecord(cost, settings),
    claims: cost?.claims ?? [],
    unmet: report.unmet,
    flops: report.flops,
    inferenceMs: report.inferenceMs,
    inferenceP99Ms: report.inferenceP99Ms,
    evaluationFlops: report.evaluationFlops,
    trainFlops: training?.flops ?? null,
    trainSeconds: training?.seconds ?? null,
    images: report.images.length + report.unreadable.length,
    failed: report.unreadable.length,
    byLabel: (clean?.byLabel ?? []).map(({ label, images, auroc, detected }) => ({
      label,
      images,
      auroc,
      detectionRate: detected.value,
    })),
    confusion: report.types && {
      columns: report.types.columns,
      rows: report.types.rows.map(({ label, images, said, named, stopped }) => ({
        ...{ label, images, said, recall: named.value, recallInterval: named.interval },
        ...{ detectionRate: stopped.value, detectionInterval: stopped.interval },
      })),
    },
    flags: report.flags,
    intervals: {
      cleanAccuracy: report.cleanAccuracy?.interval ?? null,
      auroc: clean?.auroc?.interval ?? null,
      falseAlarmRate: clean?.falseAlarms?.interval ?? null,
      escapeRate: clean?.escapes?.interval ?? null,
      reviewRate: clean?.reviews?.interval ?? null,
      expectedCost: cost?.interval ?? null,
      robustAccuracy: Object.fromEntries(
        report.robust.map(({ name, accuracy }) => [name, accuracy.interval]),
      ),
    },
    comparisons: earlier.map(({ evaluation }, at) => ({
      with: evaluation.model,
      costDifference: measured.costs[at]?.difference ?? null,
      interval: measured.costs[at]?.interval ?? null,
      changed: changedParts(evaluation, report, settings.site).counts,
    })),
    base: layers?.base ?? null,
    layers: layers?.modules ?? null,
    seconds: report.seconds,
  };
}

/** What attacks do to verdicts: what a line sees of them. */
function attackedRecord({ name, verdicts }: EvaluateReply['robust'][number], { conditions }: EvaluateReply) {
  const condition = conditions.find((each) => each.name === name);
  return {
    verdictsHeld: verdicts?.value ?? null,
    verdictsHeldInterval: verdicts?.interval ?? null,
    falseAlarmRate: condition?.falseAlarms?.value ?? null,
    escapeRate: condition?.escapes?.value ?? null,
    reviewRate: condition?.reviews?.value ?? null,
  };
}

function costRecord(
  { value: _, interval: _ends, claims: _claims, ...cost }: NonNullable<EvaluateReply['cost']>,
  { costs }: Settings,
) {
  return { currency: costs.currency, ...cost };
}

/** The same for people. */
export function linesOf({ measured, earlier, settings }: Told): string[] {
  const { evaluation: report, layers } = measured;
  const { clean, cost } = report;
  return [
    report.model,
    ...table([
      ['  accuracy', rateText(report.cleanAccuracy)],
      ...thresholdLines(report),
      ...(clean ? verdictLines(clean) : []),
      ...(report.types ? typeLines(report.types) : []),
      ...Object.entries(report.corruption).map(([name, rates]) => [
        `  ${name}`,
        `${rates.map(({ value }) => value.toFixed(3)).join('  ')}  (severity 1 to 5)`,
      ]),
      ...(report.corruptionAccuracy === null
        ? []
        : [['  accuracy, disturbed', `${report.corruptionAccuracy.toFixed(4)}  (mean)`]]),
      ...report.robust.flatMap(({ name, accuracy, brokenBy, verdicts }) => [
        [`  robust, ${name}`, `${rateText(accuracy)}${brokenText(brokenBy)}`],
        ...(verdicts ? [['    verdict withstands', rateText(verdicts)]] : []),
      ]),
      ...(cost ? costLines(cost, settings) : []),
      ...report.unmet.map((each) => ['  limit not kept', limitWords(each)]),
      ...effortLines(report),
      ...earlier.map(({ evaluation }, at) => [
        `  against ${evaluation.model}`,
        comparisonText(measured.costs[at] ?? null, evaluation, report, settings),
      ]),
      ...(layers ? layerLines(layers) : []),
    ]),
    ...report.flags.map(
      ({ kind, images, of }) => `  caution: ${texts.flagged(texts.flags[kind], String(images), String(of))}`,
    ),
    ...(cost?.claims ?? []).map((claim) => `  ${texts.claim(claim, percent)}`),
  ];
}

/** Where they were chosen for this evaluation or differ by type, else they are the model's own pair. */
function thresholdLines({ calibration, thresholds, clean }: EvaluateReply): string[][] {
  const words = ({ review, ng }: { review: number; ng: number }) =>
    texts.thresholds(review.toPrecision(4), ng.toPrecision(4));
  const types = Object.entries(thresholds.byType ?? {});
  if (!calibration && types.length === 0) return [];
  const said = calibration
    ? texts.calibrated(calibration.basis, String(calibration.images), percent(calibration.share))
    : '';
  const own = clean && (calibration?.basis !== null || types.length > 0) ? words(thresholds) : '';
  return [
    ['  thresholds', [own, said].filter((part) => part !== '').join('; ')],
    ...types.map(([type, pair]) => [`    of ${type}`, words(pair)]),
    ...(calibration?.unmet ?? []).map((each) => ['    limit not kept there', limitWords(each)]),
  ];
}

function verdictLines(clean: NonNullable<EvaluateReply['clean']>): string[][] {
  return [
    ['  AUROC', clean.auroc ? intervalText(clean.auroc.value, clean.auroc.interval) : 'needs OK and NG'],
    ['  false alarms', rateText(clean.falseAlarms)],
    ['  escapes', rateText(clean.escapes)],
    ['  reviews', rateText(clean.reviews)],
    ...clean.byLabel.map(({ label, images, auroc, detected }) => [
      `  ${label}`,
      `${images} images, not OK ${percent(detected.value)}${auroc === null ? '' : `, AUROC ${auroc.toFixed(3)}`}`,
    ]),
  ];
}

/** The confusion matrix, a line for each label. */
function typeLines({ columns, rows }: NonNullable<EvaluateReply['types']>): string[][] {
  return [
    ['  called', 'share called by its own type, and how many were called what'],
    ...rows.map(({ label, said, named }) => {
      const counts = columns.flatMap((column, at) => (said[at] ? [`${column} ${said[at]}`] : []));
      return [`    ${label}`, `${rateText(named)}  ${counts.join(', ')}`];
    }),
  ];
}

function costLines(cost: NonNullable<EvaluateReply['cost']>, { costs, site }: Settings): string[][] {
  const { falseAlarms, escapes, reviews, lineStops } = cost.items;
  const mix = Object.entries(site).filter(([, weight]) => weight > 0);
  const [low, high] = cost.interval ?? [cost.value, cost.value];
  return [
    [
      '  cost per 1,000 parts',
      `${cost.value.toFixed(2)}  [${low.toFixed(2)}, ${high.toFixed(2)}] ${costs.currency}`,
    ],
    [
      '    made up of',
      `false alarms ${falseAlarms.toFixed(2)}, escapes ${escapes.toFixed(2)}, reviews ${reviews.toFixed(2)}, line stops ${lineStops.toFixed(2)}`,
    ],
    ['    under', mix.map(([name, weight]) => `${name} ${percent(weight)}`).join(', ')],
  ];
}

function effortLines({ inferenceMs, inferenceP99Ms, flops, training }: EvaluateReply): string[][] {
  const times = inferenceWords(inferenceMs, inferenceP99Ms);
  const lines = [['  one image', `${times}, ${flops.toExponential(2)} FLOPs`]];
  if (training) {
    const { wholeFlops } = training;
    const share = wholeFlops === null ? '' : `, ${texts.shareOfWhole(percent(training.flops / wholeFlops))}`;
    lines.push([
      '  its training',
      `${training.seconds.toFixed(0)} s, ${training.flops.toExponential(2)} FLOPs${share}`,
    ]);
  }
  return lines;
}

function comparisonText(
  cost: CostComparison | null,
  first: EvaluateReply,
  second: EvaluateReply,
  { costs, site }: Settings,
): string {
  const clean = changedParts(first, second, site).counts.find(({ condition }) => condition === 'clean');
  const changed = clean ? `undisturbed parts judged better ${clean.better}, worse ${clean.worse}` : '';
  if (!cost) return changed;
  const [low, high] = cost.interval;
  return `${signed(cost.difference)}  [${signed(low)}, ${signed(high)}] ${costs.currency} per 1,000 parts; ${changed}`;
}

const layersTold = 5;

function layerLines({ base, modules }: NonNullable<MeasuredModel['layers']>): string[][] {
  const moved = modules.filter(({ weightChange }) => weightChange !== 0);
  const most = [...moved].sort((a, b) => (b.weightChange ?? Infinity) - (a.weightChange ?? Infinity));
  return [
    ['  layers changed', `${moved.length} of ${modules.length}, against ${base}`],
    ...most
      .slice(0, layersTold)
      .map(({ name, weightChange, cka }) => [
        `    ${name}`,
        `weights ${weightChange === null ? 'from nothing' : percent(weightChange)}, CKA ${cka === null ? '-' : cka.toFixed(3)}`,
      ]),
  ];
}

function brokenText(brokenBy: Readonly<Record<string, number>>): string {
  const parts = Object.entries(brokenBy).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? '' : `  broken by ${parts.join(', ')}`;
}

function rateText(rate: Rate): string {
  return rate ? `${intervalText(rate.value, rate.interval)}  (${rate.hits} of ${rate.of})` : 'no such images';
}

function intervalText(value: number, [low, high]: readonly [number, number]): string {
  return `${value.toFixed(4)}  [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
}
