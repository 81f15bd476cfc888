import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { timeBatch } from '../../../../native-models/detectors/batchTime.ts';
import { tryProvider } from '../../../../native-models/detectors/tryProvider.ts';
import { drawPart } from '../../../../native-models/images/procedural/draw.ts';
import { loadModelFile } from '../../../../native-models/onnx/files.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { demoPart, smallPreprocess, writeSmallDetector } from '../../../support/smallDetector.ts';

const pictures = [0, 1].map((index) => drawPart(demoPart(index)).picture);
const options = { threads: 1 };
let path: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kenro-batch-'));
  path = (await writeSmallDetector(folder)).path;
  return () => rm(folder, { recursive: true, force: true });
});

describe('several pictures in one run', () => {
  it('are timed as a whole', async () => {
    const batch = await timeBatch(path, smallPreprocess, pictures, options);
    expect(batch).toMatchObject({ pictures: 4 });
    expect(batch!.wholeMs).toBeGreaterThan(0);
  });

  it('are not possible where the network takes one at a time', async () => {
    const model = await loadModelFile(path);
    const [input] = model.graph.inputs;
    const shape = [1, ...input!.shape!.slice(1)];
    const graph = { ...model.graph, inputs: [{ ...input!, shape }] };
    const fixed = `${path}.fixed.onnx`;
    await writeFile(fixed, writeModel({ ...model, graph }));
    expect(await timeBatch(fixed, smallPreprocess, pictures, options)).toBeNull();
    expect(await tryProvider(fixed, pictures, options)).toMatchObject({ batch: null, half: null });
  });
});
