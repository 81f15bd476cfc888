import { expect, it } from 'vitest';
import { ModelReportsState } from '../../../renderer/src/state/modelReports.svelte.ts';
import { RetrainState } from '../../../renderer/src/state/retrain.svelte.ts';
import { pageStates } from './pageStates.ts';

async function reporting() {
  const { fake, station } = await pageStates();
  const [first] = fake.snapshot.models;
  const other = { ...first!, id: 77, name: 'Robust' };
  fake.snapshot.models.unshift(other);
  fake.emit('models.changed', fake.snapshot.models);
  const retrain = new RetrainState(station);
  await retrain.look();
  return { fake, station, retrain, inUse: first!, other, reports: new ModelReportsState(station, retrain) };
}

it('measures what is ticked by the costs, mix and parts of the room, the model in use first', async () => {
  const { fake, retrain, inUse, other, reports } = await reporting();
  reports.modelIds = [other.id, inUse.id, 999];
  retrain.site = { 'gaussian-noise/2': 0.25 };
  retrain.costs.escape = 7;
  await reports.start('Both');
  const { name, request } = fake.calls.at(-1)!;
  expect(name).toBe('report.start');
  expect(request).toMatchObject({
    ...{ modelIds: [inUse.id, other.id], attacks: null, allDisturbances: false },
    site: { clean: 0.75, 'gaussian-noise/2': 0.25 },
    costs: { escape: 7 },
    parts: { productId: inUse.productId },
  });
});

it('attacks within the radius of the plan where it is asked to', async () => {
  const { fake, retrain, inUse, reports } = await reporting();
  reports.modelIds = [inUse.id];
  reports.withAttacks = true;
  retrain.policy.epsilon = 3 / 255;
  await reports.start('One');
  expect(fake.calls.at(-1)!.request).toMatchObject({ attacks: { norm: 'linf', epsilons: [3 / 255] } });
});

it('shows the measurement under way, not the report of a retraining, and takes a failed one off the list', async () => {
  const { fake, inUse, reports } = await reporting();
  reports.modelIds = [inUse.id];
  await reports.start('One');
  const first = reports.job!;
  expect(first).toMatchObject({ title: 'One', state: 'running' });
  fake.setJob({ ...first, state: 'failed', error: { kind: 'diskFull', params: {} } });
  fake.setJob({ ...first, id: 'report-9-9', reportOf: 'retrain-1-1' });
  expect(reports.job).toMatchObject({ id: first.id, state: 'failed' });
  await reports.start('Two');
  expect(fake.calls.at(-1)).toMatchObject({ name: 'job.dismiss', request: { id: first.id } });
  expect(reports.job).toMatchObject({ title: 'Two' });
});
