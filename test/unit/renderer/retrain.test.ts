import { describe, expect, it } from 'vitest';
import { usualCosts } from '../../../electron/contract/usualSettings.ts';
import { RetrainState } from '../../../renderer/src/state/retrain.svelte.ts';
import { isWithin } from '../../../renderer/src/state/limits.ts';
import { pageStates } from './pageStates.ts';

async function retraining() {
  const { fake, station } = await pageStates();
  const retrain = new RetrainState(station);
  await retrain.look();
  return { fake, station, retrain };
}

describe('limits of a number', () => {
  it('hold at their ends, for whole numbers alone where asked, and for an empty field where it may be', () => {
    const limits = { min: 1, max: 5 };
    expect([1, 5, 2.5].every((value) => isWithin(value, limits))).toBe(true);
    expect([0.9, 5.1, NaN].some((value) => isWithin(value, limits))).toBe(false);
    expect(isWithin(2.5, { ...limits, whole: true })).toBe(false);
    expect(isWithin(NaN, { ...limits, optional: true })).toBe(true);
  });
});

describe('RetrainState', () => {
  it.each<[string, (retrain: RetrainState) => unknown]>([
    ['no epochs', ({ policy }) => (policy.epochs = 0)],
    ['half an epoch', ({ policy }) => (policy.epochs = 1.5)],
    ['no learning rate', ({ policy }) => (policy.learningRate = NaN)],
    ['a radius beyond sense', ({ policy }) => (policy.epsilon = 1)],
    ['an empty cost', ({ costs }) => (costs.escape = NaN)],
    ['a negative cost of a type', ({ costs }) => (costs.escapeByType = { crack: -1 })],
    ['a rate above all', ({ costs }) => (costs.ceilings.recall = 1.2)],
    ['a latency of nothing', ({ costs }) => (costs.ceilings.latencyP99Ms = 0)],
    ['more NG than parts', ({ costs }) => (costs.lineStop = { cost: 1, ng: 9, parts: 5 })],
    ['no parts for thresholds', ({ policy }) => (policy.calibrationShare = 0)],
    ['no step of an attack', ({ policy }) => (policy.attackSteps = 0)],
    ['no currency', ({ costs }) => (costs.currency = ' ')],
    ['half a pattern', (retrain) => (retrain.groupPattern = '([0-9')],
  ])('makes no plan with %s', async (_name, enter) => {
    const { retrain } = await retraining();
    expect(retrain.missing).toBeNull();
    enter(retrain);
    expect(retrain.missing).toBe('fields');
  });

  it('proposes to withstand what suits the kind of model, and compares with what makes sense, until the user chooses', async () => {
    const { retrain } = await retraining();
    expect(retrain.model?.kind).toBe('anomaly');
    retrain.proposeObjective();
    expect(retrain.policy.objective).toBe('memory');
    retrain.compare = ['randomLayers', 'wholeModel'];
    expect(retrain.comparisons).toEqual(['wholeModel']);
    retrain.chooseObjective('noise');
    retrain.proposeObjective();
    expect(retrain.policy.objective).toBe('noise');
    expect(retrain.comparisons).toEqual(['randomLayers', 'wholeModel']);
  });

  it('knows the defect rate on record, and leaves it to the user whether to reckon with it', async () => {
    const { fake, retrain } = await retraining();
    fake.defectRate = 0.057;
    await retrain.look();
    expect(retrain.survey?.defectRate).toBe(0.057);
    expect(retrain.costs.defectRate).toBe(usualCosts.defectRate);
  });

  it('asks for groups as they were entered, and says when the CSV file lacks the column', async () => {
    const { fake, retrain } = await retraining();
    retrain.groupColumn = ' lot ';
    retrain.groupPattern = '^(.+)_';
    fake.failures.set('retrain.parts', { kind: 'badRequest', params: { column: 'lot' } });
    await retrain.look();
    expect(fake.calls.at(-1)?.request).toMatchObject({ groupColumn: 'lot', groupPattern: '^(.+)_' });
    expect(retrain.isColumnMissing).toBe(true);
    retrain.groupColumn = 'block';
    expect(retrain.isColumnMissing).toBe(false);
  });

  it('takes the mix that the good parts show, and forgets what it goes by when other parts are chosen', async () => {
    const { retrain } = await retraining();
    await retrain.estimateSite();
    expect(retrain.site).toEqual({ 'exposure/2': 0.2 });
    expect(retrain.estimate).toMatchObject({ images: 120, measures: [{ name: 'brightness', drift: 0.7 }] });
    await retrain.look();
    expect(retrain.estimate).toBeNull();
  });

  it('takes no mix from parts that are no longer chosen', async () => {
    const { fake, retrain } = await retraining();
    const { site } = retrain;
    const answer = fake.hold();
    const late = retrain.estimateSite();
    const look = retrain.look();
    answer();
    await Promise.all([late, look]);
    expect(retrain.site).toEqual(site);
    expect(retrain.estimate).toBeNull();
    expect(retrain.busy).toBeNull();
    expect(retrain.survey).not.toBeNull();
  });

  it('starts with the comparisons that were ticked, and keeps the plan whatever is ticked', async () => {
    const { fake, station, retrain } = await retraining();
    await retrain.makePlan('Plan');
    const job = retrain.planJob!;
    const plan = {
      ...{ layers: [], parameters: 1, samples: { all: 2, chosen: 1 }, skipped: [] },
      ...{
        claims: null,
        flops: { forward: 1, step: 2, least: 2, whole: 3 },
        total: { flops: 1, validationFlops: 1, wholeFlops: 2, seconds: 3 },
      },
      images: { train: 1, validation: 1, calibration: 1, test: 1 },
    };
    fake.setJob({ ...job, state: 'done', retrain: { ...job.retrain!, plan } });
    expect(retrain.plan).not.toBeNull();
    retrain.compare = ['wholeModel'];
    expect(retrain.plan).not.toBeNull();
    await retrain.start('Run');
    expect(fake.calls.findLast(({ name }) => name === 'retrain.start')?.request).toMatchObject({
      name: 'Run',
      compare: ['wholeModel'],
    });
    expect(retrain.runJob).toBe(station.jobs.find(({ kind }) => kind === 'retrain'));
    retrain.policy.seed = 5;
    expect(retrain.plan).toBeNull();
  });

  it('shows the run that is opened, with its product', async () => {
    const { fake, retrain } = await retraining();
    await retrain.start('One');
    const first = retrain.runJob!;
    await retrain.start('Two');
    expect(retrain.runJob?.title).toBe('Two');
    await retrain.openRun(first.id);
    expect(retrain.runJob?.title).toBe('One');
    fake.setJob({ ...first, id: 'retrain-1-1', title: 'Other', productId: 2 });
    await retrain.openRun('retrain-1-1');
    expect([retrain.product?.id, retrain.runJob?.title]).toEqual([2, 'Other']);
  });

  it('shows another run when the one shown is deleted, and asks what is left; a refusal changes nothing', async () => {
    const { fake, retrain } = await retraining();
    await retrain.start('One');
    const one = retrain.runJob!;
    await retrain.start('Two');
    const two = retrain.runJob!;
    fake.failures.set('retrain.remove', { kind: 'conflict', params: { what: 'job' } });
    expect(await retrain.removeRun(two.id)).toBe(false);
    expect(retrain.shownId).toBe(two.id);
    fake.failures.clear();
    expect(await retrain.removeRun(two.id)).toBe(true);
    expect(retrain.runJob?.id).toBe(one.id);
    expect(fake.calls.at(-1)?.name).toBe('retrain.runs');
  });
});
