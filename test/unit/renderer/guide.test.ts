import { describe, expect, it } from 'vitest';
import type { Model } from '../../../electron/contract/domain.ts';
import { GuideState, falseAlarmsWanted, guideSteps } from '../../../renderer/src/state/guide.svelte.ts';
import type { Navigation, Room } from '../../../renderer/src/state/navigation.svelte.ts';
import type { TrendPeriodName } from '../../../renderer/src/state/trends.svelte.ts';
import { pageStates } from './pageStates.ts';

async function openGuide(parts = 0) {
  const page = await pageStates(parts);
  const navigation = { room: 'inspect' as Room };
  const trends = { period: 'week' as TrendPeriodName };
  const guide = new GuideState(page.station, navigation as Navigation, trends, page.fake);
  /** What the component's effect does. */
  const settle = () => {
    while (guide.mayAdvance) guide.advance();
    return guide.step.name;
  };
  const at = (name: string) => {
    const index = guideSteps.findIndex((step) => step.name === name);
    void page.station.changeSettings({ guideStep: index });
  };
  return { ...page, navigation, trends, guide, settle, at };
}

describe('the guide of the first hour', () => {
  it('begins with the verdict, and goes on once a few parts were judged', async () => {
    expect((await openGuide(0)).settle()).toBe('verdict');
    const { settle, guide } = await openGuide(40);
    expect(settle()).toBe('disturb');
    expect(guide.isJustDone).toBe(true);
  });

  it('takes the disturbance as seen only where parts are rejected because of it', async () => {
    const { settle, fake, station, at } = await openGuide(400);
    at('disturb');
    expect(settle()).toBe('disturb');
    const rejects = station.recent.slice(-24).filter(({ verdict }) => verdict !== 'OK').length;
    const [demo] = fake.snapshot.sources;
    if (demo?.config.kind !== 'demo') throw new Error('the fake station has a demo line first');
    fake.emit('sources.changed', [
      { ...demo, config: { ...demo.config, disturbances: { light: 0.5, blur: 0, noise: 0 } } },
    ]);
    expect(settle()).toBe(rejects >= 3 ? 'review' : 'disturb');
  });

  it('counts false alarms that people have found', async () => {
    const { settle, fake, guide, at } = await openGuide(0);
    at('review');
    fake.emit('words.changed', {
      recent: [],
      counters: { ...fake.snapshot.counters, falseAlarms: falseAlarmsWanted - 1 },
    });
    expect(settle()).toBe('review');
    expect(guide.found).toBe(falseAlarmsWanted - 1);
    fake.emit('words.changed', {
      recent: [],
      counters: { ...fake.snapshot.counters, falseAlarms: falseAlarmsWanted + 30 },
    });
    expect(guide.found).toBe(falseAlarmsWanted);
    expect(settle()).toBe('retrain');
  });

  it('follows a candidate and its rollout to the line', async () => {
    const { settle, fake, station, guide, at, navigation, trends } = await openGuide(0);
    at('compare');
    expect(settle()).toBe('compare');
    const [model] = fake.snapshot.models;
    const tuned = { from: 'x', fromSha256: '0'.repeat(64), run: 'retrain-1-1', layers: [], parameters: 0 };
    fake.emit('models.changed', [{ ...model!, origin: { ...model!.origin, tuned } } as Model]);
    expect(settle()).toBe('verify');
    for (const [state, step] of [
      ['draft', 'verify'],
      ['verification', 'limited'],
      ['limited', 'full'],
      ['full', 'trend'],
    ] as const) {
      station.ask = () => Promise.resolve({ ok: true, reply: { rollouts: [{ state }] } } as never);
      await guide.look();
      expect(settle(), state).toBe(step);
    }
    navigation.room = 'trends';
    expect(settle()).toBe('trend');
    trends.period = 'hour';
    expect(settle()).toBe('own');
  });

  it('keeps its place, goes back and forth by hand, and begins anew once it is through', async () => {
    const { guide, station } = await openGuide(0);
    guide.next();
    guide.next();
    expect(station.settings?.guideStep).toBe(2);
    guide.previous();
    expect(guide.step.name).toBe('disturb');
    expect(guide.isJustDone).toBe(false);
    guide.close();
    expect(guide.isOpen).toBe(false);
    expect(station.settings).toMatchObject({ greeted: true, guideStep: 1 });
    await station.changeSettings({ greeted: false, guideStep: guideSteps.length - 1 });
    expect(guide.step.name).toBe('own');
    guide.close();
    expect(station.settings).toMatchObject({ greeted: true, guideStep: 0 });
  });

  it('stays at a step that somebody went back to, though it is done', async () => {
    const { settle, guide } = await openGuide(40);
    expect(settle()).toBe('disturb');
    guide.previous();
    expect(guide.isDone).toBe(true);
    expect(settle()).toBe('verdict');
    guide.next();
    expect(settle()).toBe('disturb');
  });

  it('is not in the way of the handbook', async () => {
    const { guide, navigation } = await openGuide(0);
    expect(guide.isOpen).toBe(true);
    navigation.room = 'help';
    expect(guide.isOpen).toBe(false);
  });
});
