import type { FineTuneReply } from '../contract/engine.ts';
import { noGain } from '../contract/noGain.ts';
import { textsOf } from '../report/evaluation/texts/index.ts';
import { inferenceWords, limitWords } from './limitWords.ts';
import { table } from './terminal.ts';

const texts = textsOf('en');
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The last line of JSON, with the keys of docs/cli.md. */
export function recordOf(reply: FineTuneReply): Record<string, unknown> {
  const { before, rethresholded, after } = reply;
  return {
    model: reply.model,
    patch: reply.patch,
    sha256: reply.sha256,
    clean: after?.clean ?? null,
    site: after?.site ?? null,
    robust: after?.robust ?? null,
    expectedCost: after?.cost ?? null,
    falseAlarmRate: after?.falseAlarmRate ?? null,
    escapeRate: after?.escapeRate ?? null,
    threshold: after?.thresholds?.ng ?? null,
    reviewThreshold: after?.thresholds?.review ?? null,
    thresholdsByLabel: after?.thresholds?.byType ?? {},
    claims: after?.claims ?? [],
    before,
    rethresholded,
    breaches: reply.breaches,
    inferenceMs: reply.inference.medianMs,
    inferenceP99Ms: reply.inference.p99Ms,
    intervals: { expectedCost: after?.costInterval ?? null },
    trainFlops: reply.trainFlops,
    seconds: reply.seconds,
    layers: reply.layers,
    normalise: reply.normalise ?? null,
    samples: reply.samples,
    parameters: reply.parameters,
    bestEpoch: reply.bestEpoch,
    epochs: reply.epochs,
  };
}

/** The same for people. */
export function linesOf(reply: FineTuneReply): string[] {
  const { before, rethresholded, after } = reply;
  const missing = noGain(reply);
  const columns = [before, ...(rethresholded ? [rethresholded] : []), after];
  const row = (name: string, figure: (of: NonNullable<typeof before>) => string) => [
    name,
    ...columns.map((each) => (each ? figure(each) : '')),
  ];
  const share = (value: number | null) => (value === null ? '' : value.toFixed(4));
  const cost = ({ cost: value, costInterval }: NonNullable<typeof before>) =>
    `${value.toFixed(2)}${costInterval ? `  [${costInterval.map((end) => end.toFixed(2)).join(', ')}]` : ''}`;
  return [
    ...(after
      ? table([
          ['on the test side', 'before', ...(rethresholded ? ['thresholds anew'] : []), 'after'],
          row('right, clean', ({ clean }) => share(clean)),
          row('right, disturbed', ({ site }) => share(site)),
          row('right, attacked', ({ robust }) => share(robust)),
          row('false alarms', ({ falseAlarmRate }) => share(falseAlarmRate)),
          row('escapes', ({ escapeRate }) => share(escapeRate)),
          row('cost per 1,000 parts', cost),
        ])
      : ['no test images']),
    ...breachLines(reply),
    ...(missing ? [cautions[missing]] : []),
    ...(after?.claims ?? []).map((claim) => texts.claim(claim, percent)),
    '',
    ...table([
      ['model', reply.model],
      ['patch', reply.patch],
      ['kept', `epoch ${reply.bestEpoch} of ${reply.epochs}`],
      ...(reply.normalise ? [['light', `evened out (${reply.normalise})`]] : []),
      ['operations', `${reply.trainFlops.toExponential(3)} floating-point`],
      ['one image', inferenceWords(reply.inference.medianMs, reply.inference.p99Ms)],
      ['time', `${reply.seconds.toFixed(1)} s`],
    ]),
  ];
}

const cautions = {
  dearer: 'caution: on the test images this model costs more than the one given; it is no improvement',
  thresholdsCheaper:
    'caution: new thresholds alone, without any training, would cost less on the test images',
} as const;

function breachLines({ breaches }: FineTuneReply): string[] {
  const where = {
    calibration: 'on the calibration images, where no thresholds keep every limit',
    heldBack: 'on the test images',
    computer: 'from a decoded picture to the outputs, on this computer',
  } as const;
  return breaches.length === 0
    ? []
    : [
        breaches.some(({ ceiling }) => ceiling === 'escapeRate')
          ? 'caution: more defects pass than with the model given; as it stands, this one is no improvement'
          : 'caution: this model does not keep every limit',
        ...breaches.map(({ on, ...unmet }) => `  ${limitWords(unmet)} (${where[on]})`),
      ];
}
