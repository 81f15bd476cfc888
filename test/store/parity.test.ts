import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ParityCheck } from '../../electron/contract/parity.ts';
import { listModels } from '../../electron/store/models.ts';
import { addParityCheck, hasPassedParity } from '../../electron/store/parity.ts';
import { catalogueRows, fileOfVersion, type MigratedFile } from './support/migrated.ts';

const sha256 = 'a'.repeat(64);
const place = { provider: 'cpu', runtime: '1.30' } as const;
const passed: ParityCheck = {
  ...{ ...place, timeMs: 5, actor: 'operator', basis: 'made', passed: true },
  ...{ parts: 24, worst: 1e-6, flips: 0, differing: [] },
};
const failed: ParityCheck = {
  ...{ ...passed, timeMs: 6, passed: false, worst: null, flips: 1 },
  differing: [{ name: '7.png', expected: 0.4, got: null }],
};

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(80);
  file.db.exec(catalogueRows);
  const preprocess = { order: 'RGB', size: [8, 8], mean: [0], std: [1], scale: 1, normalise: 'none' };
  const numbers = { goodImages: 0, ngImages: 0, memory: 0, seed: 0, seconds: 0 };
  file.db
    .prepare('UPDATE models SET preprocess = ?, origin = ?')
    .run(JSON.stringify(preprocess), JSON.stringify({ backbone: 'b', features: [], ...numbers }));
});
afterEach(() => file.remove());

describe('comparisons of models with their making', () => {
  it('stand with the model, the newest alone', () => {
    expect(listModels(file.db)[0]).not.toHaveProperty('parity');
    addParityCheck(file.db, sha256, passed);
    expect(listModels(file.db)[0]?.parity).toEqual(passed);
    addParityCheck(file.db, sha256, failed);
    expect(listModels(file.db)[0]?.parity).toEqual(failed);
  });

  it('hold for one provider and one version of onnxruntime, and until the next one there', () => {
    addParityCheck(file.db, sha256, passed);
    addParityCheck(file.db, sha256, { ...failed, provider: 'webgpu' });
    expect(hasPassedParity(file.db, sha256, place)).toBe(true);
    expect(hasPassedParity(file.db, sha256, { ...place, provider: 'webgpu' })).toBe(false);
    expect(hasPassedParity(file.db, sha256, { ...place, runtime: '1.31' })).toBe(false);
    expect(hasPassedParity(file.db, 'b'.repeat(64), place)).toBe(false);
    addParityCheck(file.db, sha256, failed);
    expect(hasPassedParity(file.db, sha256, place)).toBe(false);
  });
});
