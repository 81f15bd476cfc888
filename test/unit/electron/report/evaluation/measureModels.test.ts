import { describe, expect, it } from 'vitest';
import { KenroError } from '../../../../../electron/contract/errors.ts';
import type { EngineClient } from '../../../../../electron/engine/client.ts';
import {
  evaluationReport,
  withPictures,
} from '../../../../../electron/report/evaluation/evaluationReport.ts';
import { measureModels } from '../../../../../electron/report/evaluation/measureModels.ts';
import { measuredModels, settings } from '../../../../support/evaluations.ts';

const measured = measuredModels();
const [base, tuned] = measured.map(({ evaluation }) => evaluation);
const { corruptions, attacks, site, costs, seed } = settings;
const job = {
  ...{ corruptions, attacks, site, costs, seed, batch: 4 },
  images: base!.images,
};
const models = [base!, tuned!].map(({ model }) => ({ path: model, run: null, thresholds: null }));

/** An engine that knows the two models; `change` is what it finds of any two of them. */
function engine(change: (typeof measured)[1]['layers']) {
  const asked: [string, Record<string, unknown>][] = [];
  const call = async (name: string, request: Record<string, unknown>): Promise<unknown> => {
    asked.push([name, request]);
    switch (name) {
      case 'evaluate':
        return request['model'] === base!.model ? base : tuned;
      case 'compareCosts':
        return { comparison: measured[1]!.costs[0] };
      case 'compareLayers':
        return { change };
      default:
        return { jpeg: new TextEncoder().encode('picture') };
    }
  };
  return { asked, client: { call } as unknown as Pick<EngineClient, 'call'> };
}

describe('measureModels', () => {
  it('compares each model with those before it, and its layers with the first', async () => {
    const { asked, client } = engine(measured[1]!.layers);
    const told: unknown[] = [];
    const result = await measureModels(client, { models, base: null, job }, {}, (each) => told.push(each));
    expect(result).toEqual(measured);
    expect(told).toEqual(measured);
    expect(asked.map(([name]) => name)).toEqual(['evaluate', 'evaluate', 'compareCosts', 'compareLayers']);
    expect(asked[2]![1]).toMatchObject({ first: base, second: tuned, site, costs, seed });
    expect(asked[3]![1]).toMatchObject({ base: base!.model, model: tuned!.model });
  });

  it('compares every model with a base that was named, and refuses one of other tensors', async () => {
    const known = engine(measured[1]!.layers);
    await measureModels(known.client, { models, base: '/old.onnx', job }, {});
    const compared = known.asked.filter(([name]) => name === 'compareLayers');
    expect(compared.map(([, { base: old }]) => old)).toEqual(['/old.onnx', '/old.onnx']);
    const refused = measureModels(engine(null).client, { models, base: '/old.onnx', job }, {});
    await expect(refused).rejects.toMatchObject({ kind: 'badRequest', params: { path: '/old.onnx' } });
    const twice = await measureModels(
      known.client,
      { models: [models[0]!, models[0]!], base: null, job },
      {},
    );
    expect(twice.map(({ layers }) => layers)).toEqual([null, null]);
    const [, second] = await measureModels(engine(null).client, { models, base: null, job }, {});
    expect(second!.layers).toBeNull();
  });
});

describe('evaluationReport', () => {
  const report = evaluationReport(measured, { madeAtMs: 0, version: '1', settings, leftOut: [] });

  it('holds every pair of models, with the parts they judge differently', () => {
    expect(report.models.map(({ name }) => name)).toEqual(['base.onnx', 'tuned.onnx']);
    expect(report.comparisons).toMatchObject([{ first: 0, second: 1, cost: { difference: -30 } }]);
    expect(report.comparisons[0]!.parts).toHaveLength(3);
  });

  it('shows changed parts as the evaluation saw them', async () => {
    const { asked, client } = engine(null);
    const [comparison] = (await withPictures(report, client)).comparisons;
    expect(comparison!.parts.map(({ picture }) => picture && atob(picture))).toEqual(
      Array.from({ length: 3 }, () => 'picture'),
    );
    expect(asked.map(([, { path, condition, seed: used }]) => [path, condition, used])).toEqual([
      ['/data/ok/1.png', 'clean', 7],
      ['/data/crack/4.png', 'clean', 7],
      ['/data/ok/0.png', 'gaussian-noise/3', 7],
    ]);
  });

  it('goes without the picture of a part that has gone meanwhile, and with no other failure', async () => {
    const failing = (kind: 'imageVanished' | 'engineLost') => {
      const call = async (_name: string, { path }: { path: string }) => {
        if (path.endsWith('1.png')) throw new KenroError(kind, { path });
        return { jpeg: new TextEncoder().encode('picture') };
      };
      return { call } as unknown as Pick<EngineClient, 'call'>;
    };
    const [comparison] = (await withPictures(report, failing('imageVanished'))).comparisons;
    expect(comparison!.parts.filter(({ picture }) => picture === null)).toMatchObject([
      { path: '/data/ok/1.png' },
    ]);
    await expect(withPictures(report, failing('engineLost'))).rejects.toMatchObject({ kind: 'engineLost' });
  });
});
