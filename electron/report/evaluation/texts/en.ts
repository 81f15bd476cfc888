import type { ReportTexts } from './texts.ts';

const counted = (parts: number, label: string) => {
  const word = parts === 1 ? 'part' : 'parts';
  return label === 'ok' ? `${parts} good ${word}` : `${parts} ${word} with ${label}`;
};

export const en: ReportTexts = {
  title: 'Evaluation report',
  madeAt: 'Made',
  sections: {
    summary: 'In short',
    sideBySide: 'Side by side',
    cost: 'Expected cost',
    corruptions: 'Accuracy under disturbances',
    attacks: 'Accuracy under attack',
    layers: 'What training changed, layer by layer',
    parts: 'Parts whose verdict changed',
    details: 'Details for the auditor',
    method: 'How it was measured',
  },
  model: 'Model',
  roles: {
    current: (name) => `${name} (current)`,
    rethresholded: (name) => `${name} (current, thresholds chosen anew)`,
    candidate: (name) => `${name} (candidate)`,
    randomSamples: (name) => `${name} (control: random samples)`,
    randomLayers: (name) => `${name} (control: random layers)`,
    wholeModel: (name) => `${name} (baseline: whole model, PGD-10)`,
  },
  reference: 'reference',
  none: '–',
  sentences: (sentences) => sentences.join(' '),
  list: (members) => members.join(', '),
  interval: (low, high) => `${low} to ${high}`,
  good: 'good part',
  defective: 'defective part',
  verdict: { OK: 'OK', NG: 'NG', REVIEW: 'review', right: 'right', wrong: 'wrong' },
  undisturbed: 'undisturbed',
  condition: (name, severity) => `${name}, severity ${severity}`,
  attacked: (norm, epsilon) => `attacked, ${norm} ${epsilon}`,

  summary: {
    cost: (model, amount, low, high) =>
      `${model} would cost ${amount} per 1,000 parts of this line (95 %: ${low} to ${high}).`,
    cheaper: (model, other, amount, low, high) =>
      `${model} costs ${amount} less per 1,000 parts than ${other} (95 %: ${low} to ${high}): more than chance explains.`,
    dearer: (model, other, amount, low, high) =>
      `${model} costs ${amount} more per 1,000 parts than ${other} (95 %: ${low} to ${high}): more than chance explains.`,
    unclear: (model, other, amount, low, high) =>
      `Whether ${model} or ${other} costs less these parts do not show: a difference of ${amount} per 1,000 parts (95 %: ${low} to ${high}).`,
    rates: (falseAlarms, escapes) => `False alarms ${falseAlarms}, escapes ${escapes} under the line’s mix.`,
    ratesFrom: ([fromAlarms, toAlarms], [fromEscapes, toEscapes]) =>
      `False alarms ${fromAlarms} → ${toAlarms}, escapes ${fromEscapes} → ${toEscapes} under the line’s mix.`,
    changed: (better, worse) => `Of the undisturbed parts ${better} are judged better and ${worse} worse.`,
    unchanged: 'No undisturbed part is judged differently.',
    accuracy: (model, accuracy, low, high) =>
      `${model} is right about ${accuracy} of the undisturbed parts (95 %: ${low} to ${high}).`,
    accuracyFrom: (before, after) => `Right about ${before} → ${after} of the undisturbed parts.`,
    noCost: 'Without a class that means OK there are no false alarms, escapes or costs.',
    cautions: 'Read with care',
    fewParts: (list, enough) => `Few parts, where ${enough} of a kind would say more: ${list}.`,
    mix: (list) => `The line’s mix: ${list}.`,
    usualMix: 'No profile of the line was given: its pictures are taken to be undisturbed.',
    images: (images, good, defective) => `${images} images: ${good} good, ${defective} defective.`,
    unreadable: (images) =>
      `${images} ${images === '1' ? 'image' : 'images'} could not be read: a review undisturbed, left out otherwise. See Details.`,
  },

  figures: {
    expectedCost: 'Expected cost per 1,000 parts',
    difference: 'Difference to the reference',
    falseAlarmsMix: 'False alarms, line’s mix',
    escapesMix: 'Escapes, line’s mix',
    cleanAccuracy: 'Clean accuracy',
    auroc: 'AUROC',
    falseAlarms: 'False alarms, undisturbed',
    escapes: 'Escapes, undisturbed',
    reviews: 'Reviews, undisturbed',
    corruptionAccuracy: 'Accuracy under disturbances (mean)',
    inference: 'Time per image',
    flops: 'Operations per image',
    trainFlops: 'Operations of the training',
    trainTime: 'Time of the training',
    trainedParameters: 'Parameters trained',
    flags: 'Signs of flattering figures',
  },
  robustAccuracy: (norm, epsilon) => `Robust accuracy, ${norm} ${epsilon}`,
  verdictsHeld: (norm, epsilon) => `Neither a stopped good part nor an escape, ${norm} ${epsilon}`,
  shareOfWhole: (share) => `${share} of adversarial training of the whole model`,

  costItems: {
    falseAlarms: 'false alarms',
    escapes: 'escapes',
    reviews: 'reviews',
    lineStops: 'line stops',
  },
  costCaption: (currency) =>
    `${currency} per 1,000 parts under the line’s mix, at each model’s thresholds; the whisker is the 95 % interval.`,
  corruptionsCaption:
    'Share of images judged right at severities 1 to 5. The darker a field, the more is lost against undisturbed images.',
  severity: 'severity',
  mean: 'mean',
  attacksCaption: (attacks) =>
    `Share of images that withstand every attack tried (${attacks}, then random noise) within the radius; whiskers are 95 % intervals.`,
  attackRadius: (norm) => `radius, ${norm}`,
  layersCaption: (base, images) =>
    `Against ${base}. Weight change: ‖W′ − W‖ / ‖W‖. CKA: likeness of what the layer says of the same ${images} images before and after; 1 = the same.`,
  module: 'Layer',
  weights: 'Weights',
  weightChange: 'Weight change',
  cka: 'CKA',
  partsCaption: (model, other) => `${model} against ${other}`,
  better: 'better',
  worse: 'worse',
  before: 'before',
  after: 'after',
  noChanges: 'No verdict changed under the line’s mix.',
  noPicture: (count) => `${count} further changes are in the JSON file.`,

  details: {
    data: 'Labelled images',
    images: 'Images',
    file: 'File',
    hash: 'SHA-256',
    kind: 'Kind',
    thresholds: 'Thresholds',
    calibration: 'Choice of thresholds',
    byType: 'What each kind of part is called, undisturbed',
    named: 'Called by its own type',
    called: 'called',
    review: 'review',
    byLabel: 'By kind of part, undisturbed',
    label: 'Kind of part',
    detected: 'Not called OK',
    costs: 'Costs stated by the plant',
    byCondition: 'By condition of the line’s mix',
    weight: 'Share',
    claims: 'What these parts can show, and what not',
    unreadable: 'Images that could not be read (counted as reviews)',
    leftOut: 'Images that the training could not read (left out)',
    attackOrder: 'Attacks',
    brokenBy: 'Misjudged first by',
    seed: 'Seed',
    processor: 'Computed on',
    version: 'Kenro',
    trainedLayers: 'Layers trained',
    unmet: 'Limits of the plant that are not kept',
  },
  kinds: { anomaly: 'anomaly detector', classifier: 'classifier' },
  thresholdsOfType: (type) => `Thresholds of ${type}`,
  thresholds: (review, ng) => (review === ng ? `NG from ${ng}` : `review from ${review}, NG from ${ng}`),
  threads: (provider, threads) => (threads === '0' ? provider : `${provider}, ${threads} threads`),
  costInputs: {
    falseAlarm: 'A false alarm',
    escape: 'An escape',
    review: 'A review',
    lineStop: 'A line stop',
    defectRate: 'Defective parts of all',
    falseAlarmCeiling: 'False alarms at most',
    recallCeiling: 'Defects found at least',
    latencyCeiling: 'Time to a verdict (p99) at most',
    attackWeight: 'Parts taken to be attacked',
  },
  lineStop: (cost, ng, among) => `${cost}, at ${ng} NG among ${among} parts`,
  brokenBy: (attack, images) => `${attack} ${images}`,
  noise: 'random noise',
  flags: {
    randomised: 'the same image gives different outputs, so gradients mislead attacks',
    probabilities: 'the outputs look like probabilities, not logits, so gradients vanish',
    zeroGradients: 'the gradient is zero, so attacks that follow it stand still',
    epsilonHarmless: 'images withstand a change that leaves nothing of them, so the attacks are at fault',
    squareFound: 'Square, without gradients, broke what gradient attacks could not',
    noiseFound: 'random noise broke what the attacks could not',
  },
  flagged: (words, images, of) => `${words} (${images} of ${of} images)`,
  unmet: ({ ceiling, type, limit, reached }) =>
    ceiling === 'falseAlarmRate'
      ? `false alarms ${reached}, allowed ${limit}`
      : ceiling === 'recall'
        ? `${type ?? 'defects'}: ${reached} found, wanted ${limit}`
        : ceiling === 'escapeRate'
          ? `escapes of ${type ?? 'defective parts'} ${reached}, with the model in use ${limit}`
          : `time to a verdict ${reached}, allowed ${limit}`,
  calibrated: (basis, images, share) =>
    basis === null
      ? `nothing to choose; ${images} images (${share}) are left out of all figures`
      : `chosen ${
          basis === 'cost'
            ? 'by expected cost'
            : basis === 'goodParts'
              ? 'from good parts, for want of defective ones'
              : 'from defective parts, for want of good ones'
        } on ${images} other images (${share})`,
  method: [
    'Intervals are 95 %: Wilson for shares, DeLong for AUROC, and for costs a percentile bootstrap over parts drawn anew with replacement, each kind of part by itself and related parts together. Differences of costs are billed for the same drawn parts.',
    'Expected cost: the rates of error come from the labelled images, one kind of part at a time; how often each kind and each disturbance comes is what the plant states.',
    'Each attack runs on the images that the ones before left standing. An accuracy under attack is an upper bound: a stronger attack may find more.',
    'Time per image: median of single runs on this computer, from the decoded picture to the outputs. Operations are counted from the graphs actually run.',
    'CKA is linear (Kornblith et al. 2019) with the unbiased estimator of HSIC, in double precision; by chance it may fall a little below 0.',
    'Disturbances are drawn from the seed and the picture alone: every model saw the same pictures.',
  ],

  claim: (claim, percent) => {
    switch (claim.kind) {
      case 'bound':
        return claim.label === 'ok'
          ? `False alarms at most ${percent(claim.atMost)} (${counted(claim.parts, claim.label)}, 95 % confidence).`
          : `Escapes of ${claim.label} at most ${percent(claim.atMost)} (${counted(claim.parts, claim.label)}, 95 % confidence).`;
      case 'noDefects':
        return 'Without defective parts nothing can be said about escapes; they count for nothing.';
      case 'noGoodParts':
        return 'Without good parts nothing can be said about false alarms; they count for nothing.';
      case 'attacksUntested':
        return 'The costs count attacks and none was tried: they count for nothing.';
      case 'fewParts':
        return `Only ${counted(claim.parts, claim.label)}; ${claim.enough} would say more.`;
      case 'ceilingUnproven':
        return claim.ceiling === 'falseAlarmRate'
          ? `That false alarms stay within ${percent(claim.limit)} is not shown: up to ${percent(claim.worst)} is possible; ${claim.needed} good parts without an error would show it.`
          : `That ${percent(claim.limit)} of ${claim.label} are found is not shown: as few as ${percent(claim.worst)} is possible; ${claim.needed} parts without an error would show it.`;
      case 'typeUntested':
        return `No part has ${claim.type}: untested.`;
      case 'typeUnstated':
        return `No rate is stated for ${claim.type}: it counts for nothing.`;
    }
  },
};
