import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeNetwork } from '../../../native-models/detectors/describe.ts';
import { ModelError } from '../../../native-models/errors.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { foldConstants } from '../../../native-models/onnx/passes/foldConstants.ts';
import { readModel } from '../../../native-models/onnx/read.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { fateOf, fuzz } from '../../support/fuzz.ts';
import { applyEdits, mutants, type Mutant } from '../../support/fuzzBytes.ts';
import { hostileModels, intactModels } from './onnxCorpus.ts';

const secret = 'what no model may read';
let root: string;
let folder: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'kenro-fuzz-onnx-'));
  folder = join(root, 'model');
  mkdirSync(folder);
  writeFileSync(join(root, 'secret.bin'), secret);
  writeFileSync(join(folder, 'weights.bin'), new Uint8Array(432));
  writeFileSync(join(folder, 'sparse.bin'), '');
  truncateSync(join(folder, 'sparse.bin'), 2 ** 29);
  if (process.platform !== 'win32') {
    symlinkSync('../secret.bin', join(folder, 'link.bin'));
    symlinkSync('..', join(folder, 'linkedFolder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const isModelError = (thrown: unknown) => thrown instanceof ModelError;

/** All that is done with a model of somebody else's before anything is computed. */
async function useModel(bytes: Uint8Array) {
  const path = join(folder, 'net.onnx');
  writeFileSync(path, bytes);
  const model = await loadModelFile(path);
  writeModel(model);
  await describeNetwork(path);
  foldConstants(model);
}

// First: what others took of memory would hide what this takes.
test('damaged models are read or refused', async () => {
  const files = intactModels();
  await fuzz<Mutant | string>({
    name: 'ONNX reader',
    inputs: mutants(files.length),
    corpus: Object.keys(hostileModels),
    attempt: (input) =>
      fateOf(
        () =>
          useModel(
            typeof input === 'string' ? hostileModels[input]!() : applyEdits(files[input.file]!, input.edits),
          ),
        isModelError,
      ),
    usualRuns: 300,
    // All that one model may be read of (2 GiB), twice: what a refused one held may not be given back yet.
    bounds: { blockMs: 8_000, memoryMb: 4_400 },
  });
});

test.each(Object.keys(hostileModels))(
  'a hostile model is read or refused, with nothing beyond its folder: %s',
  async (name) => {
    const before = readdirSync(root, { recursive: true }).sort();
    const opened = await fateOf(() => useModel(hostileModels[name]!()), isModelError);
    // A model may keep weights within its own file; it reads nothing that is not its own.
    const harmless = name === 'weights at net.onnx';
    if (!harmless && (name.startsWith('weights') || name.startsWith('the same weights'))) {
      expect(opened).toBe('refused');
    }
    const after = readdirSync(root, { recursive: true }).filter((each) => !String(each).endsWith('net.onnx'));
    expect(after.sort()).toEqual(before.filter((each) => !String(each).endsWith('net.onnx')));
  },
);

test('a reader that is given only bytes never asks for a file', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(() => readModel(bytes)).toThrow(ModelError);
    }),
    { numRuns: 200, seed: 1 },
  );
});
