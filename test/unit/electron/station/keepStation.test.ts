import { expect, it, vi } from 'vitest';
import type { Handlers } from '../../../../electron/contract/channels.ts';
import { keepStation, type Restart } from '../../../../electron/station/keepStation.ts';
import type { Station } from '../../../../electron/station/station.ts';

/** Stations that only say which one they are. */
function stations() {
  const opened: number[] = [];
  const stopped: number[] = [];
  let restart: Restart = () => undefined;
  const begin = async (given: Restart): Promise<Station> => {
    restart = given;
    const number = opened.push(opened.length + 1);
    return {
      handlers: { 'people.stay': () => ({ number }) } as unknown as Handlers,
      openPage: () => ({ admit: () => ({ actor: `of station ${number}` }), close: () => undefined }),
      assets: async () => null,
      stop: async () => void stopped.push(number),
    };
  };
  return { begin, opened, stopped, restart: (why: 'restore' | 'damage') => restart(why) };
}

async function kept(nowMs = { ms: 0 }) {
  const made = stations();
  const emit = vi.fn();
  const end = vi.fn(async () => undefined);
  const onBug = vi.fn();
  const station = await keepStation({ begin: made.begin, end, emit, monotonicMs: () => nowMs.ms, onBug });
  return { ...made, station, emit, end, onBug, nowMs };
}

it('begins anew in place: pages and handlers lead to the new station, and the pages are told', async () => {
  const { station, restart, stopped, emit } = await kept();
  const page = station.openPage(() => undefined);
  expect(page.admit('operator').actor).toBe('of station 1');
  restart('restore');
  expect(() => page.admit('operator')).toThrow(expect.objectContaining({ kind: 'restarting' }));
  expect(await station.assets('/x')).toMatchObject({ status: 503 });
  await vi.waitFor(() => expect(emit).toHaveBeenCalledWith('station.restarted', {}));
  expect(stopped).toEqual([1]);
  expect(page.admit('operator').actor).toBe('of station 2');
  expect(station.handlers['people.stay']({} as never)).toEqual({ number: 2 });
});

it('does not begin anew over and over on a disk that fails', async () => {
  const { restart, opened, emit, nowMs } = await kept();
  restart('damage');
  await vi.waitFor(() => expect(emit).toHaveBeenCalledTimes(1));
  restart('damage');
  expect(opened).toHaveLength(2);
  nowMs.ms += 600_000;
  restart('damage');
  await vi.waitFor(() => expect(opened).toHaveLength(3));
});

it('ends once, after a restart under way', async () => {
  const { station, restart, stopped, end } = await kept();
  restart('restore');
  await Promise.all([station.stop(), station.stop()]);
  expect(stopped).toEqual([1, 2]);
  expect(end).toHaveBeenCalledOnce();
});
