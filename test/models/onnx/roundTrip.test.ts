import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadModelFile, saveModelFile } from '../../../native-models/onnx/files.ts';
import { readModel } from '../../../native-models/onnx/read.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { openSession } from '../../../native-models/runtime/session.ts';
import { feedsOf, hasModels, loadShared, modelFiles, run } from './modelFiles.ts';

describe.skipIf(!hasModels)('reading and writing the shared models', () => {
  it.each(modelFiles)('%s: read, written and read again is the same', (_name, path) => {
    const model = loadShared(path);
    expect(isDeepStrictEqual(readModel(writeModel(model)), model)).toBe(true);
  });

  it.each(modelFiles)('%s: onnxruntime gives the same numbers', async (_name, path) => {
    const model = loadShared(path);
    const feeds = feedsOf(model);
    const before = await run(readFileSync(path), feeds);
    const after = await run(model, feeds);
    expect(isDeepStrictEqual(after, before)).toBe(true);
  });

  it.each(modelFiles)('%s: the same through a file with external data', async (_name, path) => {
    const folder = mkdtempSync(join(tmpdir(), 'kenro-onnx-'));
    try {
      const model = loadShared(path);
      const file = join(folder, 'model.onnx');
      await saveModelFile(file, model, { externalData: {} });
      expect(statSync(`${file}.data`).size).toBeGreaterThan(statSync(file).size / 10);
      expect(isDeepStrictEqual(await loadModelFile(file), model)).toBe(true);

      const feeds = feedsOf(model);
      const session = await openSession(file, { optimisation: 'disabled', threads: 1 });
      try {
        expect(isDeepStrictEqual(await session.run(feeds), await run(model, feeds))).toBe(true);
      } finally {
        await session.dispose();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
