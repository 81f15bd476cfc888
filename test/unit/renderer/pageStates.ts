import { HistoryState } from '../../../renderer/src/state/history.svelte.ts';
import { InspectState } from '../../../renderer/src/state/inspect.svelte.ts';
import { StationClock } from '../../../renderer/src/state/clock.ts';
import { StationState } from '../../../renderer/src/state/station.svelte.ts';
import { Toasts } from '../../../renderer/src/state/toasts.svelte.ts';
import { FakeStation } from '../../support/fakeStation.ts';

/** The page's states on top of a fake station, with the first snapshot taken. */
export async function pageStates(parts = 400) {
  const fake = new FakeStation(parts);
  const toasts = new Toasts();
  let steadyMs = 0;
  const station = new StationState(fake, new StationClock(() => steadyMs), toasts);
  await settled();
  return {
    fake,
    toasts,
    station,
    inspect: new InspectState(station, toasts),
    history: new HistoryState(station),
    passTime: (ms: number) => (steadyMs += ms),
  };
}

/** Lets answers that are on their way arrive. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
