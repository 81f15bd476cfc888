import { expect, test } from 'vitest';
import type { ReplyOf } from '../../../../electron/contract/channels.ts';
import type { Inspection } from '../../../../electron/contract/domain.ts';
import { everything } from '../../../../electron/contract/history.ts';
import { assign } from '../../../../electron/rollout/arms.ts';
import { unjudged } from '../../../../electron/contract/engine.ts';
import {
  addQa,
  areMet,
  begin,
  candidateSha,
  patient,
  quickPlan,
  rolloutStation,
  sign,
  signWhenMet,
  until,
  type RolloutStation,
} from '../../../support/rolloutStation.ts';

async function parts(station: RolloutStation, limit = 500): Promise<Inspection[]> {
  const filter = { ...everything, productId: 1 };
  return (await station.call('history.page', { filter, before: null, after: null, limit })).rows;
}

/** Oldest first. */
async function auditActions(station: RolloutStation): Promise<string[]> {
  const actions: string[] = [];
  for (let before: number | null = null; ;) {
    const page: ReplyOf<'audit.page'> = await station.call('audit.page', { before, limit: 500 });
    actions.push(...page.entries.map(({ action }) => action));
    if (!page.older) return actions.toReversed();
    before = page.entries.at(-1)!.id;
  }
}

test('goes from a candidate to full production, each promotion passed, signed and on the audit trail', async () => {
  const station = await rolloutStation();
  await addQa(station);
  const rollout = await begin(station);
  expect(rollout).toMatchObject({ state: 'verification', currentModelId: station.currentId });

  // Not before its gates are passed, and not with the wrong password.
  await expect(sign(station, rollout)).rejects.toMatchObject({ kind: 'gatesOpen' });
  const verified = await until(station, rollout.id, areMet);
  expect(verified.figures!.candidate.falseAlarms).toBe(0);
  expect(verified.figures!.current.falseAlarms).toBeGreaterThan(10);
  await expect(sign(station, rollout, 'wrong one')).rejects.toMatchObject({ kind: 'wrongPassword' });
  expect((await station.call('rollout.status', { id: rollout.id })).rollout.state).toBe('verification');
  expect(await signWhenMet(station, rollout)).toMatchObject({ state: 'limited', step: 0 });

  expect(await signWhenMet(station, rollout)).toMatchObject({ state: 'full' });
  const { products } = await station.call('station.snapshot', {});
  expect(products[0]!.activeModelId).toBe(station.candidateId);

  const { steps } = await station.call('rollout.steps', { id: rollout.id });
  expect(steps.map(({ state, step, actor }) => [state, step, actor])).toEqual([
    ['verification', 0, 'Kei'],
    ['limited', 0, 'Kei'],
    ['limited', 1, 'station'],
    ['full', 1, 'Kei'],
  ]);
  expect(steps[1]!.status!.gates.every(({ state }) => state === 'met')).toBe(true);
  const trail = (await auditActions(station)).filter((action) => /^rollout|activate$/.test(action));
  expect(trail).toEqual([
    ...['rollout.draft', 'rollout.plan', 'rollout.begin', 'rollout.promote'],
    ...['rollout.share', 'rollout.promote', 'model.activate'],
  ]);

  // Putting the same model to work once more changes nothing.
  await station.call('model.activate', { id: station.candidateId });
  expect((await station.call('rollout.status', { id: rollout.id })).rollout.state).toBe('full');
  // One click, without a word: the previous model judges from the next part on.
  await station.call('rollout.back', { id: rollout.id, reason: '' });
  const before = (await parts(station, 1))[0]!.id;
  await expect.poll(async () => (await parts(station, 1))[0]!.id, patient).toBeGreaterThan(before + 5);
  const later = await parts(station, 2);
  expect(later.map(({ modelId, arm }) => [modelId, arm])).toEqual([
    [station.currentId, 'main'],
    [station.currentId, 'main'],
  ]);
  expect(station.complaints).toEqual([]);
}, 300_000);

test('in verification the model in use decides, and the candidate judges every part after it', async () => {
  const order: string[] = [];
  const station = await rolloutStation({
    prepare: ({ inspect }) => {
      const call = inspect.call.bind(inspect);
      inspect.call = async (name, request, options) => {
        const reply = await call(name, request, options);
        if (name === 'judge') {
          const { key, again, model } = request as {
            key: string;
            again?: boolean;
            model: { sha256: string } | null;
          };
          order.push(`${key} ${again ? 'again' : 'first'} ${model?.sha256 === candidateSha}`);
        }
        return reply;
      };
    },
  });
  const rollout = await begin(station);
  const { figures } = await until(station, rollout.id, (status) => status.figures!.candidate.parts > 60);
  const shadowed = (await parts(station)).filter(({ arm }) => arm === `rollout-${rollout.id}/shadow`);
  expect(new Set(shadowed.map(({ modelId }) => modelId))).toEqual(new Set([station.currentId]));
  for (const line of order.filter((each) => each.includes('again'))) {
    expect(line).toMatch(/again true$/);
    expect(order.indexOf(line.replace('again true', 'first false'))).toBeLessThan(order.indexOf(line));
  }
  // The line does not run away from them: it is one that can wait.
  expect(figures!.missing).toBeLessThanOrEqual(12);

  const { parts: differing } = await station.call('rollout.disagreements', {
    ...{ id: rollout.id, open: false, before: null, limit: 50 },
  });
  expect(differing.length).toBeGreaterThan(5);
  for (const { inspection, shadow, maps } of differing) {
    expect(inspection.verdict).not.toBe(shadow.verdict);
    expect(shadow.score).toBe(inspection.score);
    expect(inspection.imageKept).toBe(true);
    expect(maps.candidate).not.toBeNull();
  }
  expect(differing.map(({ inspection }) => inspection.id)).toEqual(
    differing.map(({ inspection }) => inspection.id).toSorted((one, other) => other - one),
  );
}, 200_000);

test('a shadow verdict that does not come is missing, and one that cannot be given is a review', async () => {
  let shadows = 0;
  const station = await rolloutStation({
    prepare: ({ inspect }) => {
      const judge = inspect.call.bind(inspect);
      inspect.call = (async (name: 'judge', request: never, options: never) => {
        const reply = await judge(name, request, options);
        if (name !== 'judge' || !(request as { again?: boolean }).again) return reply;
        shadows += 1;
        // Every third is of another picture, and every third fails.
        if (shadows % 3 === 0) return { ...reply, imageHash: 'ab'.repeat(32) };
        if (shadows % 3 !== 1) return reply;
        return { ...unjudged({ kind: 'outputNotFinite', params: {} }), imageHash: reply.imageHash };
      }) as typeof inspect.call;
    },
  });
  const rollout = await begin(station, quickPlan({ rejectRatio: 20, guardAlpha: 0.0001 }));
  const { figures, gates } = await until(station, rollout.id, (status) => status.figures!.missing > 40);
  expect(figures!.missing).toBeGreaterThan(40);
  expect(figures!.candidate.errors).toBeGreaterThan(20);
  expect(figures!.candidate.review).toBeGreaterThanOrEqual(figures!.candidate.errors);
  expect(gates.find(({ kind }) => kind === 'coverage')!.state).toBe('open');
}, 200_000);

test('in the limited rollout the hash decides, and an auditor comes to the same arms from the record', async () => {
  const station = await rolloutStation();
  await addQa(station);
  const rollout = await begin(station);
  const limited = await signWhenMet(station, rollout);
  await until(station, rollout.id, ({ figures }) => figures!.candidate.parts > 60);
  const assigned = (await parts(station)).filter(({ arm }) => /current|candidate/.test(arm));
  expect(assigned.length).toBeGreaterThan(60);
  for (const { arm, modelId, sourceId, serial, origin, lot, timeMs } of assigned) {
    const step = Number(arm.at(-1));
    const part = { sourceId, serial, origin, lot, timeMs };
    expect(assign({ ...limited, step }, part).arm).toBe(arm);
    expect(modelId).toBe(arm.includes('candidate') ? station.candidateId : station.currentId);
  }
}, 300_000);

test('a guard rolls back by itself when the candidate gets worse; parts and time are told', async ({
  annotate,
}) => {
  let isBroken = false;
  const station = await rolloutStation({
    prepare: ({ inspect }) => {
      const judge = inspect.call.bind(inspect);
      inspect.call = (async (name: 'judge', request: never, options: never) => {
        const reply = await judge(name, request, options);
        const { model } = request as { model?: { sha256: string } | null };
        const isCandidate = name === 'judge' && model?.sha256 === candidateSha;
        return isBroken && isCandidate ? { ...reply, verdict: 'NG', score: 0.99 } : reply;
      }) as typeof inspect.call;
    },
  });
  await addQa(station);
  const rollout = await begin(station);
  await signWhenMet(station, rollout);
  await until(station, rollout.id, ({ figures }) => figures!.candidate.parts > 40);

  const brokenAt = (await parts(station, 1))[0]!.id;
  const startMs = performance.now();
  isBroken = true;
  await expect
    .poll(async () => (await station.call('rollout.status', { id: rollout.id })).rollout.state, {
      ...patient,
      interval: 5,
    })
    .toBe('rolledBack');
  const took = performance.now() - startMs;
  const { steps } = await station.call('rollout.steps', { id: rollout.id });
  expect(steps.at(-1)).toMatchObject({ state: 'rolledBack', actor: 'station', guard: 'rejects' });
  const since = (await parts(station)).filter(({ id }) => id > brokenAt);
  const byCandidate = since.filter(({ modelId }) => modelId === station.candidateId);
  await annotate(
    `rolled back after ${byCandidate.length} parts judged by the broken candidate, ${Math.round(took)} ms after it broke`,
  );
  expect(byCandidate.length).toBeGreaterThan(0);

  // No part is lost, and none after the last one that was under way is the candidate's.
  await expect.poll(async () => (await parts(station, 1))[0]!.id, patient).toBeGreaterThan(since[0]!.id + 20);
  const all = await parts(station);
  const numbers = all.map(({ origin }) => Number(origin)).toSorted((one, other) => one - other);
  expect(numbers).toEqual(numbers.map((_, at) => numbers[0]! + at));
  expect(all[0]!.modelId).toBe(station.currentId);
  const { entries } = await station.call('audit.page', { before: null, limit: 500 });
  expect(entries.find(({ action }) => action.startsWith('rollout'))).toMatchObject({
    action: 'rollout.back',
    actor: 'station',
    detail: { guard: 'rejects' },
  });
}, 300_000);

test('a candidate that does not give the verdicts of its making judges nothing', async () => {
  const station = await rolloutStation({
    prepare: ({ inspect }) =>
      inspect.handle('compareParity', ({ parts: compared }) => ({
        ...{ provider: 'cpu', runtime: '1.30', agrees: false, parts: compared.length },
        ...{ worst: 1, flips: 3, differing: [] },
      })),
  });
  await expect(begin(station)).rejects.toMatchObject({ kind: 'modelDiffers' });
  const [rollout] = (await station.call('rollout.list', { productId: 1 })).rollouts;
  expect(rollout!.state).toBe('draft');
  expect(station.inspect.calls.every(({ request }) => !(request as { again?: boolean }).again)).toBe(true);
});

test('what is being compared cannot be changed meanwhile, and there is one rollout a product', async () => {
  const station = await rolloutStation();
  const rollout = await begin(station);
  const thresholds = { review: 0.1, ng: 0.2 };
  for (const id of [station.currentId, station.candidateId]) {
    await expect(station.call('model.thresholds', { id, thresholds, reason: 'a try' })).rejects.toMatchObject(
      { kind: 'inRollout' },
    );
  }
  await expect(station.call('model.remove', { id: station.candidateId })).rejects.toMatchObject({
    kind: 'inRollout',
  });
  await expect(station.call('model.activate', { id: station.candidateId })).rejects.toMatchObject({
    kind: 'inRollout',
  });
  const again = { productId: 1, candidateModelId: station.candidateId, template: 'poc' } as const;
  await expect(station.call('rollout.draft', again)).rejects.toMatchObject({ kind: 'conflict' });
  await station.call('rollout.back', { id: rollout.id, reason: 'another day' });
  await expect(station.call('rollout.back', { id: rollout.id, reason: '' })).rejects.toMatchObject({
    kind: 'rolloutMoved',
  });
  await station.call('model.thresholds', { id: station.candidateId, thresholds, reason: 'a try' });
  expect(await station.call('rollout.draft', again)).toMatchObject({ state: 'draft', id: rollout.id + 1 });
});
