import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../electron/platform/clock.ts';
import { dataPaths, type DataPaths } from '../../../electron/platform/paths.ts';
import type { WritableDb } from '../../../electron/store/db.ts';
import type { NewPart } from '../../../electron/store/inspections.ts';
import { openStore, type Store } from '../../../electron/store/open.ts';
import { numberedPartKey } from '../../../electron/store/partKey.ts';
import { addProduct } from '../../../electron/store/products.ts';
import { addModel } from '../../../electron/store/models.ts';
import { addSource } from '../../../electron/store/sources.ts';

/** 2026-11-23 00:00 UTC. */
export const startMs = 1_795_392_000_000;

/** A clock that stands still until it is told otherwise. */
export function testClock(nowMs = startMs): Clock & { nowIs(ms: number): void } {
  let now = nowMs;
  return { nowMs: () => now, monotonicMs: () => now, nowIs: (ms) => void (now = ms) };
}

/** A data folder of its own, removed with everything in it by `remove`. */
export function temporaryPaths(): { paths: DataPaths; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'kenro-store-'));
  return { paths: dataPaths(root), remove: () => rmSync(root, { recursive: true, force: true }) };
}

export function openForTest(paths: DataPaths, nowMs = startMs): Promise<Store> {
  return openStore(paths, { clock: testClock(nowMs), app: '0.1.0' });
}

export interface Line {
  productId: number;
  sourceId: number;
  modelId: number;
}

/** A product with a demo source and an active model. */
export function addLine(db: WritableDb, name: string): Line {
  const product = addProduct(db, name, startMs);
  const source = addSource(
    db,
    {
      name: `${name} line`,
      productId: product.id,
      config: {
        kind: 'demo',
        part: 'disc',
        seed: 1,
        intervalMs: 1000,
        defectRate: 0.1,
        disturbances: { light: 0, blur: 0, noise: 0 },
      },
    },
    startMs,
  );
  const model = addModel(db, newModel(product.id, `${name} model`), startMs);
  return { productId: product.id, sourceId: source.id, modelId: model.id };
}

export function newModel(productId: number, name: string): Parameters<typeof addModel>[1] {
  return {
    sha256: 'ab'.repeat(32),
    name,
    productId,
    kind: 'anomaly',
    preprocess: {
      order: 'RGB',
      size: [224, 224],
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      scale: 1 / 255,
      normalise: 'none',
    },
    thresholds: { review: 0.5, ng: 0.6 },
    thresholdInterval: [0.45, 0.65],
    origin: {
      backbone: 'bank',
      features: ['a'],
      goodImages: 50,
      ngImages: 0,
      memory: 1000,
      seed: 0,
      seconds: 2,
    },
  };
}

/** The `number`-th part of a line; everything not given is as on a calm day. */
export function newPart(line: Line, number: number, given: Partial<NewPart['inspection']> = {}): NewPart {
  return {
    key: numberedPartKey(line.sourceId, number),
    inspection: {
      timeMs: startMs + number * 1000,
      ...line,
      lot: '',
      serial: '',
      origin: String(number),
      arm: 'active',
      patchHash: null,
      score: 0.25,
      thresholds: { review: 0.5, ng: 0.6 },
      verdict: 'OK',
      reason: null,
      label: null,
      votes: null,
      radius: null,
      latency: { waitMs: 1, decodeMs: 2.5, inferMs: 30.125, smoothMs: 0, storeMs: 0.375 },
      imageHash: 'cd'.repeat(32),
      imageKept: false,
      imageWidth: 640,
      imageHeight: 480,
      ...given,
    },
    map: null,
  };
}
