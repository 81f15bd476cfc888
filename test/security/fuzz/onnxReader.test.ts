import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeClassifier } from '../../../native-models/detectors/describeClassifier.ts';
import { describeNetwork } from '../../../native-models/detectors/describe.ts';
import { ModelError } from '../../../native-models/errors.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { foldConstants } from '../../../native-models/onnx/passes/foldConstants.ts';
import { readModel } from '../../../native-models/onnx/read.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { fateOf, fuzz } from '../../support/fuzz.ts';
import { applyEdits, mutants, type Mutant } from '../../support/fuzzBytes.ts';
import { hostileModels, network } from './onnxCorpus.ts';

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

const intact = [
  () => writeModel(network()),
  () => readFileSync(join(import.meta.dirname, '../../../native-models/models/filterBank.onnx')),
];

test.each(Object.keys(hostileModels))(
  'a hostile model is read or refused, with nothing beyond its folder: %s',
  async (name) => {
    const before = readdirSync(root, { recursive: true }).sort();
    const opened = await fateOf(() => useModel(hostileModels[name]!()), isModelError);
    if (name.startsWith('weights') || name.startsWith('the same weights')) {
      // An empty location is left out by the format: the tensor then names no file.
      expect(opened).toBe('refused');
    }
    const after = readdirSync(root, { recursive: true }).filter((each) => !String(each).endsWith('net.onnx'));
    expect(after.sort()).toEqual(before.filter((each) => !String(each).endsWith('net.onnx')));
  },
);

test('damaged models are read or refused', async () => {
  const files = intact.map((make) => make());
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
    bounds: { blockMs: 8_000, memoryMb: 2_500 },
  });
});

test('what describes a foreign classifier refuses damaged ones, too', async () => {
  const files = intact.map((make) => make());
  const path = join(folder, 'classifier.onnx');
  await fuzz<Mutant>({
    name: 'classifier import',
    inputs: mutants(files.length),
    corpus: [{ file: 0, edits: [] }],
    attempt: ({ file, edits }) =>
      fateOf(() => {
        writeFileSync(path, applyEdits(files[file]!, edits));
        return describeClassifier(path);
      }, isModelError),
    usualRuns: 40,
    bounds: { blockMs: 2_000, memoryMb: 1_500 },
  });
});

test('a reader that is given only bytes never asks for a file', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(() => readModel(bytes)).toThrow(ModelError);
    }),
    { numRuns: 200, seed: 1 },
  );
});
