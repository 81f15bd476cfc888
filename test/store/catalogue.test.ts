import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KenroError } from '../../electron/contract/errors.ts';
import {
  addBackbone,
  keepBuiltInBackbones,
  listBackbones,
  removeBackbone,
} from '../../electron/store/backbones.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { readInspection, recordInspections } from '../../electron/store/inspections.ts';
import {
  activateModel,
  addModel,
  isModelFileUsed,
  listModels,
  readModel,
  removeModel,
  renameModel,
  setModelThresholds,
} from '../../electron/store/models.ts';
import { readHistoryNames } from '../../electron/store/names.ts';
import { addProduct, listProducts, removeProduct, renameProduct } from '../../electron/store/products.ts';
import { changeSettings, readSettings } from '../../electron/store/settings.ts';
import {
  addSource,
  changeSource,
  listSources,
  readSource,
  removeSource,
} from '../../electron/store/sources.ts';
import { countHistory } from '../../electron/store/tallies.ts';
import { everything } from '../../electron/contract/history.ts';
import { addLine, newModel, newPart, openForTest, startMs, temporaryPaths } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
});
afterEach(() => {
  db.close();
  folder.remove();
});

const later = startMs + 1000;
const folderConfig = { kind: 'folder', path: '/images', subfolders: true, existing: false } as const;

describe('products', () => {
  it('are added, renamed and removed', () => {
    const product = addProduct(db, 'disc', startMs);
    expect(product).toEqual({ id: 1, name: 'disc', createdMs: startMs, activeModelId: null });
    expect(renameProduct(db, 1, '円板').name).toBe('円板');
    removeProduct(db, 1, later);
    expect(listProducts(db)).toEqual([]);
    expect(() => renameProduct(db, 1, 'x')).toThrow(new KenroError('notFound', { what: 'product', id: 1 }));
  });

  it('have a name of their own, which is free again after removal', () => {
    addProduct(db, 'disc', startMs);
    const taken = new KenroError('conflict', { what: 'product', name: 'disc' });
    expect(() => addProduct(db, 'disc', startMs)).toThrow(taken);
    const tile = addProduct(db, 'tile', startMs);
    expect(() => renameProduct(db, tile.id, 'disc')).toThrow(taken);
    removeProduct(db, 1, later);
    expect(addProduct(db, 'disc', later).id).toBe(3);
  });

  it('cannot go while a source delivers them, and take their models along', () => {
    const line = addLine(db, 'disc');
    activateModel(db, line.modelId);
    expect(() => removeProduct(db, line.productId, later)).toThrow(
      new KenroError('conflict', { what: 'product', name: 'disc', usedBy: 'source', user: 'disc line' }),
    );
    removeSource(db, line.sourceId, later);
    removeProduct(db, line.productId, later);
    expect(listModels(db)).toEqual([]);
  });
});

describe('sources', () => {
  it('are added, changed field by field and removed', () => {
    const [disc, tile] = ['disc', 'tile'].map((name) => addProduct(db, name, startMs));
    const source = addSource(db, { name: 'a', productId: disc?.id as number, config: folderConfig }, startMs);
    expect(source).toEqual({
      id: 1,
      name: 'a',
      productId: 1,
      paused: false,
      config: folderConfig,
      createdMs: startMs,
    });
    expect(changeSource(db, 1, { paused: true })).toEqual({ ...source, paused: true });
    expect(changeSource(db, 1, { productId: tile?.id, name: 'b' })).toMatchObject({
      productId: 2,
      name: 'b',
      paused: true,
    });
    const camera = { kind: 'camera', deviceId: '', trigger: 'key', intervalMs: 1000 } as const;
    expect(changeSource(db, 1, { config: camera, paused: undefined })).toMatchObject({
      config: camera,
      paused: true,
    });
    removeSource(db, 1, later);
    expect(listSources(db)).toEqual([]);
    expect(() => readSource(db, 1)).toThrow(/notFound/);
    expect(() => changeSource(db, 1, {})).toThrow(/notFound/);
  });

  it('need a name of their own and a product that is there', () => {
    addProduct(db, 'disc', startMs);
    const source = { name: 'a', productId: 1, config: folderConfig };
    addSource(db, source, startMs);
    addSource(db, { ...source, name: 'b' }, startMs);
    expect(() => addSource(db, source, startMs)).toThrow(
      new KenroError('conflict', { what: 'source', name: 'a' }),
    );
    expect(() => changeSource(db, 2, { name: 'a' })).toThrow(/conflict/);
    expect(() => addSource(db, { ...source, name: 'c', productId: 5 }, startMs)).toThrow(/notFound/);
    expect(() => changeSource(db, 2, { productId: 5 })).toThrow(/notFound/);
  });
});

describe('models', () => {
  it('are kept as given', () => {
    addProduct(db, 'disc', startMs);
    const given = newModel(1, 'first');
    const model = addModel(db, given, startMs);
    expect(model).toEqual({ id: 1, createdMs: startMs, ...given });
    expect(readModel(db, 1)).toEqual(model);
    const unknown = addModel(db, { ...given, thresholdInterval: null }, startMs);
    expect(unknown.thresholdInterval).toBeNull();
    expect(renameModel(db, 1, 'second').name).toBe('second');
    expect(setModelThresholds(db, 1, { review: 0.1, ng: 0.2 }).thresholds).toEqual({ review: 0.1, ng: 0.2 });
    expect(listModels(db).map(({ name }) => name)).toEqual(['second', 'first']);
  });

  it('keep the classes of a classifier, and thresholds of single defect types', () => {
    const { productId } = addLine(db, 'disc');
    const classes = { labels: ['dent', 'ok'], okLabels: ['ok'], temperature: 1.5, thresholdsByLabel: {} };
    const made = addModel(db, { ...newModel(productId, 'sorter'), kind: 'classifier', classes }, later);
    expect(readModel(db, made.id).classes).toEqual(classes);
    const dent = { dent: { review: 0.1, ng: 0.2 } };
    expect(setModelThresholds(db, made.id, made.thresholds, dent).classes?.thresholdsByLabel).toEqual(dent);
    expect(setModelThresholds(db, made.id, { review: 0, ng: 1 }).classes?.thresholdsByLabel).toEqual(dent);
    expect(setModelThresholds(db, made.id, made.thresholds, {}).classes?.thresholdsByLabel).toEqual({});
    for (const label of ['ok', 'rust']) {
      const wrong = { [label]: { review: 0, ng: 0 } };
      expect(() => setModelThresholds(db, made.id, made.thresholds, wrong)).toThrow(/fieldWrong/);
    }
  });

  it('are activated and come back, and cannot go while active', () => {
    const line = addLine(db, 'disc');
    const better = addModel(db, newModel(line.productId, 'better'), later);
    expect(activateModel(db, better.id).activeModelId).toBe(better.id);
    expect(() => removeModel(db, better.id, later)).toThrow(
      new KenroError('conflict', { what: 'model', name: 'better', usedBy: 'product', user: 'disc' }),
    );
    expect(activateModel(db, line.modelId).activeModelId).toBe(line.modelId);
    removeModel(db, better.id, later);
    expect(() => activateModel(db, better.id)).toThrow(/notFound/);
    expect(() => setModelThresholds(db, better.id, { review: 0, ng: 0 })).toThrow(/notFound/);
  });

  it('say whether their file is still needed', () => {
    const line = addLine(db, 'disc');
    const { sha256 } = readModel(db, line.modelId);
    const twin = addModel(db, newModel(line.productId, 'twin'), later);
    removeModel(db, twin.id, later);
    expect(isModelFileUsed(db, sha256)).toBe(true);
    removeModel(db, line.modelId, later);
    expect(isModelFileUsed(db, sha256)).toBe(false);
    addBackbone(db, backbone(sha256), later);
    expect(isModelFileUsed(db, sha256)).toBe(true);
  });
});

const backbone = (sha256: string) => ({
  sha256,
  name: 'bank',
  builtIn: false,
  preprocess: newModel(1, '').preprocess,
  features: ['a', 'b'],
});

describe('backbones', () => {
  it('are added and removed, the shipped ones first and for good', () => {
    const [old, current] = ['1', '2'].map((digit) => digit.repeat(64)) as [string, string];
    const own = addBackbone(db, backbone('3'.repeat(64)), startMs);
    keepBuiltInBackbones(db, [backbone(old)], startMs);
    keepBuiltInBackbones(db, [backbone(old)], later);
    expect(listBackbones(db).map(({ sha256, createdMs }) => [sha256, createdMs])).toEqual([
      [old, startMs],
      [own.sha256, startMs],
    ]);
    const shipped = listBackbones(db)[0]?.id as number;
    expect(() => removeBackbone(db, shipped, later)).toThrow(/notAllowed/);
    keepBuiltInBackbones(db, [backbone(current)], later);
    expect(listBackbones(db).map(({ sha256 }) => sha256)).toEqual([current, own.sha256]);
    removeBackbone(db, own.id, later);
    expect(listBackbones(db)).toHaveLength(1);
    expect(() => removeBackbone(db, own.id, later)).toThrow(/notFound/);
  });
});

it('the history keeps and can name what was removed', () => {
  const line = addLine(db, 'disc');
  recordInspections(db, [newPart(line, 1)]);
  removeSource(db, line.sourceId, later);
  removeProduct(db, line.productId, later);
  expect(readInspection(db, 1)).toMatchObject(line);
  expect(countHistory(db, { ...everything, productId: line.productId })).toBe(1);
  const names = readHistoryNames(db);
  expect(names.products.get(line.productId)).toBe('disc');
  expect(names.sources.get(line.sourceId)).toBe('disc line');
  expect(names.models.get(line.modelId)).toBe('disc model');
});

describe('settings', () => {
  it('have defaults and remember changes', () => {
    const before = readSettings(db);
    expect(before).toMatchObject({ language: 'ja', greeted: false, lot: '' });
    expect(changeSettings(db, { lot: 'L-7', greeted: true, theme: undefined })).toEqual({
      ...before,
      lot: 'L-7',
      greeted: true,
    });
    expect(readSettings(db)).toMatchObject({ lot: 'L-7', greeted: true });
    expect(changeSettings(db, {})).toEqual(readSettings(db));
  });

  it('fall back to the default where a value makes no sense or is not known', () => {
    db.exec(
      `INSERT INTO settings VALUES ('language', '"tlh"'), ('colour', '"red"'), ('heatmapOpacity', '0.25')`,
    );
    const settings = readSettings(db);
    expect(settings).toMatchObject({ language: 'ja', heatmapOpacity: 0.25 });
    expect(settings).not.toHaveProperty('colour');
  });
});
