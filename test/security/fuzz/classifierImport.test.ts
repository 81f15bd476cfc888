import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { describeClassifier } from '../../../native-models/detectors/describeClassifier.ts';
import { ModelError } from '../../../native-models/errors.ts';
import { fateOf, fuzz } from '../../support/fuzz.ts';
import { applyEdits, mutants, type Mutant } from '../../support/fuzzBytes.ts';
import { temporaryFolder } from '../../support/shellFixtures.ts';
import { intactModels } from './onnxCorpus.ts';

let folder: ReturnType<typeof temporaryFolder>;

beforeAll(() => void (folder = temporaryFolder()));
afterAll(() => folder.remove());

test('what describes a foreign classifier refuses damaged ones, too', async () => {
  const files = intactModels();
  const path = join(folder.path, 'classifier.onnx');
  await fuzz<Mutant>({
    name: 'classifier import',
    inputs: mutants(files.length),
    corpus: [{ file: 0, edits: [] }],
    attempt: ({ file, edits }) =>
      fateOf(
        () => {
          writeFileSync(path, applyEdits(files[file]!, edits));
          return describeClassifier(path);
        },
        (thrown) => thrown instanceof ModelError,
      ),
    usualRuns: 40,
    bounds: { blockMs: 2_000, memoryMb: 1_500 },
  });
});
