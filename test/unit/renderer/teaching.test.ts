import { describe, expect, it } from 'vitest';
import { BackboneImportState } from '../../../renderer/src/state/backboneImport.svelte.ts';
import { OwnImagesState } from '../../../renderer/src/state/ownImages.svelte.ts';
import { TeachState } from '../../../renderer/src/state/teach.svelte.ts';
import type { FakeStation } from '../../support/fakeStation.ts';
import { pageStates } from './pageStates.ts';

const lastRequest = (fake: FakeStation, name: string) =>
  fake.calls.findLast((call) => call.name === name)?.request;

describe('TeachState', () => {
  it('says what is missing, step by step', async () => {
    const { station } = await pageStates();
    const teach = new TeachState(station);
    expect(teach.missing).toBe('folder');
    teach.folder = '/good';
    expect(teach.missing).toBeNull();
    teach.from = 'line';
    expect(teach.missing).toBeNull();
    teach.productId = 2;
    expect(teach.source?.productId).toBe(2);
  });

  it('asks for what the form holds', async () => {
    const { station, fake } = await pageStates();
    const teach = new TeachState(station);
    teach.from = 'line';
    teach.count = 80;
    teach.size = 320;
    await teach.start('Disc');
    expect(lastRequest(fake, 'teach.start')).toMatchObject({
      productId: 1,
      good: { from: 'line', sourceId: 1, count: 80 },
      size: 320,
      features: null,
    });
  });
});

describe('OwnImagesState', () => {
  it('leads from a folder to a watched line', async () => {
    const { station, fake } = await pageStates();
    const path = new OwnImagesState(station);
    expect(path.canTeach).toBe(false);
    path.chooseGood('C:\\parts\\bolt');
    expect(path.name).toBe('bolt');
    await path.teach();
    const job = path.job;
    if (job === null) throw new Error('no job');
    fake.setJob({ ...job, state: 'done', modelId: 1 });
    path.watchFolder = '/line';
    expect(await path.judge()).toBe(true);
    expect(lastRequest(fake, 'source.add')).toMatchObject({ config: { kind: 'folder', path: '/line' } });
    expect(fake.snapshot.sources.find(({ config }) => config.kind === 'demo')?.paused).toBe(true);
    expect(station.settings?.greeted).toBe(true);
  });

  it('uses the product it made when teaching is tried again', async () => {
    const { station, fake } = await pageStates();
    const path = new OwnImagesState(station);
    path.chooseGood('/bolt');
    await path.teach();
    path.again();
    await path.teach();
    expect(fake.calls.filter(({ name }) => name === 'product.add').length).toBe(1);
  });
});

describe('BackboneImportState', () => {
  async function described() {
    const { station, fake } = await pageStates();
    const draft = new BackboneImportState(station);
    await draft.describe('/models/mobilenet_v2.onnx');
    return { draft, fake };
  }

  it('begins with what the file suggests', async () => {
    const { draft, fake } = await described();
    expect(draft.name).toBe('mobilenet_v2');
    expect(draft.preprocess).toEqual({
      order: 'RGB',
      size: [224, 224],
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
      scale: 1 / 255,
      normalise: 'image',
    });
    await draft.import();
    expect(lastRequest(fake, 'backbone.import')).toMatchObject({ features: ['feat_s8', 'feat_s16'] });
  });

  it('takes one number for every channel, and names chosen by hand', async () => {
    const { draft } = await described();
    draft.mean = '0.4';
    expect(draft.preprocess?.mean).toEqual([0.4, 0.4, 0.4]);
    draft.order = 'GRAY';
    draft.std = '0.2';
    expect(draft.preprocess?.std).toEqual([0.2]);
    draft.automatic = false;
    draft.toggle('feat_s8');
    expect(draft.features).toEqual(['feat_s16']);
    draft.toggle('feat_s16');
    expect(draft.canImport).toBe(false);
  });

  it('does not import numbers that are none', async () => {
    const { draft } = await described();
    for (const wrong of ['', 'a', '0.1, 0.2', '1,,x']) {
      draft.mean = wrong;
      expect(draft.canImport, wrong).toBe(false);
    }
    draft.mean = '0';
    for (const wrong of ['0', '-1', '1/0', '1/2/3', '']) {
      draft.scale = wrong;
      expect(draft.canImport, wrong).toBe(false);
    }
    draft.scale = '1/127.5';
    draft.std = '0, 1, 1';
    expect(draft.canImport).toBe(false);
  });

  it('keeps the error of a file that is no model', async () => {
    const { station, fake } = await pageStates();
    const draft = new BackboneImportState(station);
    fake.failures.set('backbone.describe', { kind: 'modelUnreadable', params: { file: 'x.onnx' } });
    await draft.describe('/x.onnx');
    expect(draft.error?.kind).toBe('modelUnreadable');
    expect(draft.description).toBeNull();
  });
});
