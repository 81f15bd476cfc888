import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineProgress, FineTuneSettings } from '../../../../electron/contract/engine.ts';
import { usualFineTune, usualSite } from '../../../../electron/contract/usualSettings.ts';
import {
  followMeasuring,
  runMeasurement,
  type RunToMeasure,
} from '../../../../electron/station/runMeasurement.ts';
import { fakeSnapshot } from '../../../support/fakeSnapshot.ts';

const [model] = fakeSnapshot().models;
const thresholds = { review: 0.3, ng: 0.4 };
const before = {
  thresholds: model!.thresholds,
  ...{ clean: 1, site: 1, robust: null, cost: 1, costInterval: null, falseAlarmRate: 0, escapeRate: 0 },
  claims: [],
};

function measurement(settings: Partial<FineTuneSettings> = {}, change: Partial<RunToMeasure> = {}) {
  const images = [{ path: '/data/a.png', label: 'ok', split: null, group: 'lot 1', weight: 1 }];
  return runMeasurement({
    paths: { models: '/station/models', images: '/station/images', runs: '/station/runs' },
    folder: '/station/runs/retrain-1-1',
    begun: {
      model: model!,
      job: {
        ...{ model: '/station/models/x.onnx', images, corrected: [], inUse: null, cacheMb: 1 },
        settings: { ...usualFineTune, ...settings },
      },
    },
    parts: [
      { path: '/data/a.png', label: 'ok' },
      { path: '/data/b.png', label: 'crack' },
    ],
    made: '/station/runs/retrain-1-1/model.onnx',
    request: {
      name: 'Run',
      parts: { productId: 1, records: 'none', path: '/data', groupColumn: null, groupPattern: null },
      settings: usualFineTune,
      leftOut: [],
      compare: [],
    },
    result: { thresholds, before, rethresholded: { ...before, thresholds } },
    compared: [],
    ...change,
  });
}

describe('what a run is measured under', () => {
  it('is each disturbance of its own site, once; where there is none, what lines see most', () => {
    const site = { clean: 0.5, 'gaussian-noise/1': 0.2, 'gaussian-noise/4': 0.3, 'exposure/2': 0 };
    expect(measurement({ site }).job).toMatchObject({ corruptions: ['gaussian-noise'], site });
    const usual = Object.keys(usualSite).filter((name) => name !== 'clean');
    expect(measurement({ site: { clean: 1 } }).job.corruptions).toEqual(
      usual.map((name) => name.split('/')[0]),
    );
  });

  it('are its own attacks, and none where it knew of none', () => {
    expect(measurement().job.attacks).toBeNull();
    const attack = { norm: 'l2', epsilon: 0.5, attackSteps: 7 } as const;
    for (const known of [{ testAttack: true }, { objective: 'trades' } as const]) {
      expect(measurement({ ...attack, ...known }).job.attacks).toMatchObject({
        ...{ norm: 'l2', epsilons: [0.5], steps: { pgd: 7 } },
      });
    }
  });

  it('are the parts it was tested on, related ones together', () => {
    expect(measurement().job.images).toEqual([
      { path: '/data/a.png', label: 'ok', group: 'lot 1' },
      { path: '/data/b.png', label: 'crack', group: null },
    ]);
  });
});

describe('which models are measured', () => {
  it('the one in use at its thresholds and at chosen ones, and the one made', () => {
    const { models, roles } = measurement();
    expect(roles).toEqual(['current', 'rethresholded', 'candidate']);
    expect(models.map((each) => each.thresholds)).toEqual([model!.thresholds, thresholds, thresholds]);
    expect(models[0]!.path).toBe(join('/station/models', `${model!.sha256}.onnx`));
    expect(models[1]!.path).toBe(models[0]!.path);
  });

  it('the one in use once only where its thresholds would be chosen again', () => {
    const same = { thresholds: model!.thresholds, before, rethresholded: before };
    expect(measurement({}, { result: same }).roles).toEqual(['current', 'candidate']);
  });

  it('both by their own classes where none of these means OK', () => {
    const { models, roles } = measurement(
      {},
      { result: { thresholds: null, before: null, rethresholded: null } },
    );
    expect(roles).toEqual(['current', 'candidate']);
    expect(models.map((each) => each.thresholds)).toEqual([null, null]);
  });

  it('those of the trainings it is compared with too, each with its own run and thresholds', () => {
    const folder = '/station/runs/retrain-1-1/randomLayers';
    const own = { review: 0.1, ng: 0.2 };
    const compared = [
      { kind: 'randomLayers', folder, made: `${folder}/model.onnx`, thresholds: own },
    ] as const;
    const { models, roles } = measurement({}, { compared });
    expect(roles).toEqual(['current', 'rethresholded', 'candidate', 'randomLayers']);
    expect(models[3]).toEqual({ path: `${folder}/model.onnx`, run: folder, thresholds: own });
  });

  it('with the run that the one in use comes from, where it was retrained itself', () => {
    const tuned = {
      from: 'Older',
      fromSha256: 'a'.repeat(64),
      run: 'retrain-0-1',
      layers: [],
      parameters: 1,
    };
    const job = {
      model: '/m.onnx',
      images: [],
      corrected: [],
      inUse: null,
      settings: usualFineTune,
      cacheMb: 1,
    };
    const begun = { model: { ...model!, origin: { ...model!.origin, tuned } }, job };
    expect(measurement().models[0]!.run).toBeNull();
    expect(measurement({}, { begun }).models[0]!.run).toBe(join('/station/runs', 'retrain-0-1'));
  });
});

it('the models are one way to go, whose images are read once', () => {
  const told: EngineProgress[] = [];
  const { onProgress, onModel } = followMeasuring(2, (news) => told.push(news));
  for (let model = 0; model < 2; model++) {
    onProgress({ stage: 'read', done: 4, total: 4 });
    onProgress({ stage: 'evaluate', done: 8, total: 8 });
    onProgress({ stage: 'layers', done: 1, total: 3 });
    onModel();
  }
  expect(told.map(({ stage, done, total }) => `${stage} ${done}/${total}`)).toEqual([
    ...['read 4/4', 'evaluate 8/16', 'layers 1/3'],
    ...['evaluate 16/16', 'layers 1/3'],
  ]);
});
