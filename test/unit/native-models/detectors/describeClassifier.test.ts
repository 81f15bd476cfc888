import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeClassifier } from '../../../../native-models/detectors/describeClassifier.ts';
import { filterBank } from '../../../../native-models/models/filterBank.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { withClassifierCard } from '../../../../native-models/training/classifierCard.ts';
import { smallClassifier } from '../../../support/smallClassifier.ts';
import { smallPreprocess } from '../../../support/smallDetector.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-describe-'));
  return () => rm(folder, { recursive: true, force: true });
});

const network = smallClassifier({ side: 32, channels: [4], classes: 3, random: seededRandom(1) });
async function described(model: Model) {
  const path = join(folder, 'network.onnx');
  await writeFile(path, writeModel(model));
  return describeClassifier(path);
}
const withNames = (key: string, text: string): Model => ({ ...network, metadata: new Map([[key, text]]) });

describe('describeClassifier', () => {
  it('takes names and preprocessing of what kenro train has made', async () => {
    const preprocess = { ...smallPreprocess, order: 'GRAY' as const, size: [32, 32] as [number, number] };
    const card = {
      labels: ['burr', 'dent', 'ok'],
      preprocess: { ...preprocess, normalise: 'image' as const },
    };
    const { classes, labels, suggestedPreprocess } = await described(withClassifierCard(network, card));
    expect([classes, labels]).toEqual([3, card.labels]);
    expect(suggestedPreprocess).toEqual(card.preprocess);
  });

  it.each([
    ['names', "{0: 'ok', 1: 'burr', 2: 'dent'}"],
    ['id2label', '{"2": "dent", "1": "burr", "0": "ok"}'],
    ['classes', 'ok,burr,dent'],
  ])('finds the names that exporters write under %s', async (key, text) => {
    expect((await described(withNames(key, text))).labels).toEqual(['ok', 'burr', 'dent']);
  });

  it('has no names where they are not of every class, and leaves the brightness of foreign pictures alone', async () => {
    const { labels, suggestedPreprocess } = await described(withNames('names', 'ok,burr'));
    expect(labels).toBeNull();
    expect(suggestedPreprocess).toMatchObject({ order: 'GRAY', size: [32, 32], normalise: 'none' });
  });

  it('refuses a network that chooses no class', async () => {
    await expect(described(filterBank())).rejects.toThrow(/notClassifier/);
  });
});
