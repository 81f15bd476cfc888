import type { ErrorInfo } from '../../contract/errors.ts';
import type {
  Precision,
  ProviderMeasurement,
  ProviderName,
  ProviderTrial,
} from '../../contract/providers.ts';

/**
 * What a device has to save before it judges in place of the processor, which has several lanes and needs no driver.
 */
const worthwhile = 0.8;

/** What trying one provider on one detector came to. */
export type Tried =
  { readonly measurement: ProviderMeasurement } | { readonly measurement: null; readonly error: ErrorInfo };

/** What half precision has to save to be worth its digits. */
const halfWorthwhile = 0.9;
const bytesPerMb = 1024 * 1024;

/** One provider on all detectors in use: what holds for the worst of them. */
export function worstOf(tried: readonly Tried[]): Tried {
  const failed = tried.find(({ measurement }) => measurement === null);
  if (failed) return failed;
  const all = tried.flatMap(({ measurement }) => measurement ?? []);
  const most = (of: (each: ProviderMeasurement) => number) => Math.max(...all.map(of));
  return {
    measurement: {
      parity: worstParity(all.map(({ parity }) => parity)),
      p50Ms: most(({ p50Ms }) => p50Ms),
      p95Ms: most(({ p95Ms }) => p95Ms),
      openMs: most(({ openMs }) => openMs),
      half: worstHalf(all.map(({ half = null }) => half)),
      batch: slowest(all.map(({ batch = null }) => batch)),
      // All of them are open at the same time.
      grownBytes: all.reduce((sum, { grownBytes = 0 }) => sum + grownBytes, 0),
    },
  };
}

type Batch = NonNullable<ProviderMeasurement['batch']>;

function slowest(batches: readonly (Batch | null)[]): Batch | null {
  const known = batches.filter((batch) => batch !== null);
  if (known.length < batches.length) return null;
  return known.toSorted((one, other) => other.wholeMs - one.wholeMs)[0] ?? null;
}

type Half = NonNullable<ProviderMeasurement['half']>;

function worstHalf(halves: readonly (Half | null)[]): Half | null {
  const known = halves.filter((half) => half !== null);
  if (known.length < halves.length) return null;
  const unable = known.find(({ parity }) => parity === null);
  if (unable) return unable;
  const able = known.flatMap((half) => (half.parity ? [half] : []));
  return {
    parity: worstParity(able.map(({ parity }) => parity)),
    p50Ms: Math.max(...able.map(({ p50Ms }) => p50Ms)),
  };
}

function worstParity(all: readonly ProviderMeasurement['parity'][]): ProviderMeasurement['parity'] {
  const sum = (of: 'pictures' | 'flips' | 'closeFlips') => all.reduce((total, each) => total + each[of], 0);
  return {
    agrees: all.every(({ agrees }) => agrees),
    pictures: sum('pictures'),
    worst: Math.max(...all.map(({ worst }) => worst)),
    flips: sum('flips'),
    closeFlips: sum('closeFlips'),
  };
}

/** What a provider would judge in, and how long it then takes. */
function bestOf({ p50Ms, half = null }: ProviderMeasurement): { precision: Precision; p50Ms: number } {
  const isRight = half !== null && half.parity !== null && half.parity.agrees;
  const isBetter = isRight && half.p50Ms <= halfWorthwhile * p50Ms;
  return isBetter ? { precision: 'half', p50Ms: half.p50Ms } : { precision: 'single', p50Ms };
}

/**
 * Says how providers stand: the fastest of those whose scores are the processor's. A device must be clearly faster.
 * @param tried by provider, the processor among them
 * @param memoryMb most that the process may grow on a device; 0 = no limit
 */
export function standings(tried: ReadonlyMap<ProviderName, Tried>, memoryMb = 0): ProviderTrial[] {
  const isTooLarge = (provider: ProviderName, { grownBytes = 0 }: ProviderMeasurement) =>
    provider !== 'cpu' && memoryMb > 0 && grownBytes > memoryMb * bytesPerMb;
  const right = [...tried].flatMap(([provider, { measurement }]) =>
    measurement?.parity.agrees && !isTooLarge(provider, measurement)
      ? [{ provider, ...bestOf(measurement) }]
      : [],
  );
  const processor = right.find(({ provider }) => provider === 'cpu');
  const devices = right.filter(
    ({ provider, p50Ms }) => provider !== 'cpu' && (!processor || p50Ms <= worthwhile * processor.p50Ms),
  );
  const fastest = devices.sort((a, b) => a.p50Ms - b.p50Ms)[0]?.provider ?? 'cpu';
  return [...tried].map(([provider, outcome]) => {
    const { measurement } = outcome;
    if (measurement === null) return { provider, standing: 'failed', measurement, error: outcome.error };
    const { precision } = bestOf(measurement);
    const known = { provider, precision, measurement, error: null };
    if (!measurement.parity.agrees) return { ...known, standing: 'differs' };
    if (isTooLarge(provider, measurement)) return { ...known, standing: 'tooLarge' };
    return { ...known, standing: provider === fastest ? 'fastest' : 'slower' };
  });
}
