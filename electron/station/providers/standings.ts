import type { ErrorInfo } from '../../contract/errors.ts';
import type { ProviderMeasurement, ProviderName, ProviderTrial } from '../../contract/providers.ts';

/**
 * What a device has to save before it judges in place of the processor, which has several lanes and needs no driver.
 */
const worthwhile = 0.8;

/** What trying one provider on one detector came to. */
export type Tried =
  { readonly measurement: ProviderMeasurement } | { readonly measurement: null; readonly error: ErrorInfo };

/** One provider on all detectors in use: what holds for the worst of them. */
export function worstOf(tried: readonly Tried[]): Tried {
  const failed = tried.find(({ measurement }) => measurement === null);
  if (failed) return failed;
  const all = tried.flatMap(({ measurement }) => measurement ?? []);
  const most = (of: (each: ProviderMeasurement) => number) => Math.max(...all.map(of));
  const sum = (of: (each: ProviderMeasurement) => number) => all.reduce((total, each) => total + of(each), 0);
  return {
    measurement: {
      parity: {
        agrees: all.every(({ parity }) => parity.agrees),
        pictures: sum(({ parity }) => parity.pictures),
        worst: most(({ parity }) => parity.worst),
        flips: sum(({ parity }) => parity.flips),
        closeFlips: sum(({ parity }) => parity.closeFlips),
      },
      p50Ms: most(({ p50Ms }) => p50Ms),
      p95Ms: most(({ p95Ms }) => p95Ms),
      openMs: most(({ openMs }) => openMs),
    },
  };
}

/**
 * Says how providers stand: the fastest of those whose scores are the processor's. A device must be clearly faster.
 * @param tried by provider, the processor among them
 */
export function standings(tried: ReadonlyMap<ProviderName, Tried>): ProviderTrial[] {
  const right = [...tried].flatMap(([provider, { measurement }]) =>
    measurement?.parity.agrees ? [{ provider, p50Ms: measurement.p50Ms }] : [],
  );
  const processor = right.find(({ provider }) => provider === 'cpu');
  const devices = right.filter(
    ({ provider, p50Ms }) => provider !== 'cpu' && (!processor || p50Ms <= worthwhile * processor.p50Ms),
  );
  const fastest = devices.sort((a, b) => a.p50Ms - b.p50Ms)[0]?.provider ?? 'cpu';
  return [...tried].map(([provider, outcome]) => {
    const { measurement } = outcome;
    if (measurement === null) return { provider, standing: 'failed', measurement, error: outcome.error };
    const isRight = measurement.parity.agrees;
    const standing = provider === fastest ? 'fastest' : isRight ? 'slower' : 'differs';
    return { provider, standing, measurement, error: null };
  });
}
