import { describe, expect, it } from 'vitest';
import { recentLimit } from '../../../renderer/src/state/station.svelte.ts';
import { pageStates, settled } from './pageStates.ts';

describe('StationState', () => {
  it('keeps the last parts only, newest last', async () => {
    const { fake, station } = await pageStates(290);
    fake.judge(25);
    expect(station.recent.length).toBe(recentLimit);
    expect(station.recent.at(-1)?.id).toBe(315);
    expect(station.latest?.inspection.id).toBe(315);
    expect(station.counters?.parts).toBe(315);
  });

  it('shows a part once that words on many parts have brought before the news of it', async () => {
    const { fake, station } = await pageStates(10);
    const before = station.recent;
    const [part] = fake.judge(1);
    fake.emit('words.changed', { recent: [...before, part!], counters: fake.snapshot.counters });
    const { latest, counters, performance } = fake.snapshot;
    fake.emit('parts.judged', { inspections: [part!], latest: latest!, counters, performance });
    expect(station.recent.map(({ id }) => id)).toEqual([...before, part!].map(({ id }) => id));
  });

  it('takes a fresh snapshot when the line comes back', async () => {
    const { fake, station } = await pageStates(10);
    fake.setConnected(false);
    expect(station.connected).toBe(false);
    fake.judge(5);
    fake.snapshot.engine = { ...fake.snapshot.engine, restarts: 3 };
    expect(station.engine?.restarts).toBe(0);
    fake.setConnected(true);
    await settled();
    expect(station.engine?.restarts).toBe(3);
    expect(station.latest?.inspection.id).toBe(15);
  });

  it('says why no snapshot came, and forgets it once one has', async () => {
    const { fake, station } = await pageStates();
    fake.failures.set('station.snapshot', { kind: 'databaseCorrupt', params: {} });
    await station.refresh();
    expect(station.failure?.kind).toBe('databaseCorrupt');
    fake.failures.clear();
    await station.refresh();
    expect(station.failure).toBeNull();
  });

  it('shows a setting at once and puts it back when it is refused', async () => {
    const { fake, station, toasts } = await pageStates();
    fake.failures.set('settings.change', { kind: 'diskFull', params: {} });
    const change = station.changeSettings({ heatmap: false });
    expect(station.settings?.heatmap).toBe(false);
    await change;
    expect(station.settings?.heatmap).toBe(true);
    expect(toasts.items.at(-1)?.error?.kind).toBe('diskFull');
  });

  it("carries on the station's clock between snapshots", async () => {
    const { fake, station, passTime } = await pageStates();
    passTime(1500);
    expect(station.now()).toBe(fake.snapshot.nowMs + 1500);
  });

  it('follows jobs from start to removal', async () => {
    const { fake, station } = await pageStates();
    const job = await station.call('teach.start', {
      productId: 1,
      name: 'x',
      good: { from: 'folder', path: '/good' },
      ngFolder: null,
      backboneId: 1,
      features: null,
      size: null,
      seed: 1,
    });
    if (job === null) throw new Error('no job');
    fake.setJob({ ...job, stage: 'memory', done: 1, total: 2 });
    expect(station.jobs).toMatchObject([{ stage: 'memory' }]);
    await station.call('job.dismiss', { id: job.id });
    expect(station.jobs).toEqual([]);
  });
});
