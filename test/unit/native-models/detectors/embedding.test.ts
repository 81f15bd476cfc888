import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCard, withCard } from '../../../../native-models/detectors/card.ts';
import { openDetector } from '../../../../native-models/detectors/detector.ts';
import { embeddingOf, embeddingSize, withEmbedding } from '../../../../native-models/detectors/embedding.ts';
import { drawPart } from '../../../../native-models/images/procedural/draw.ts';
import type { PartKind } from '../../../../native-models/images/procedural/part.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { readModel } from '../../../../native-models/onnx/read.ts';

let disc: Model;
beforeAll(async () => {
  disc = readModel(await readFile('native-models/models/disc.onnx'));
});

const picture = (part: PartKind, index: number) =>
  drawPart({ part, seed: 1, index, defectRate: 0, disturbances: { light: 0, blur: 0, noise: 0.05 } }).picture;
const distance = (one: readonly number[], other: readonly number[]) =>
  Math.hypot(...one.map((value, i) => value - other[i]!));

describe('a detector that embeds', () => {
  it('judges as it did, to the last bit, and tells besides how the network sees the part', async () => {
    const [plain, embeds] = [await openDetector(disc), await openDetector(disc, { embeds: true })];
    for (let index = 0; index < 3; index++) {
      const [one, other] = [
        await plain.judge(picture('disc', index)),
        await embeds.judge(picture('disc', index)),
      ];
      expect(other.score).toBe(one.score);
      expect(other.map).toEqual(one.map);
      expect(one.embedding).toBeNull();
      expect(other.embedding).toHaveLength(embeddingSize);
      expect(other.embedding!.every((value) => Number.isFinite(value) && Math.fround(value) === value)).toBe(
        true,
      );
    }
    await Promise.all([plain.close(), embeds.close()]);
  });

  it('sees parts of one kind nearer to each other than to another kind, the same each time', async () => {
    const detector = await openDetector(disc, { embeds: true });
    const see = async (part: PartKind, index: number) =>
      (await detector.judge(picture(part, index))).embedding!;
    const [one, two, other] = [await see('disc', 1), await see('disc', 2), await see('label', 1)];
    expect(distance(one, other)).toBeGreaterThan(3 * distance(one, two));
    expect(await see('disc', 1)).toEqual(one);
    await detector.close();
  });

  it('is opened without where its network cannot tell', async () => {
    const card = readCard(disc)!;
    const detector = await openDetector(withCard(disc, { ...card, features: ['score'] }), { embeds: true });
    const judged = await detector.judge(picture('disc', 0));
    expect(judged.embedding).toBeNull();
    expect(Number.isFinite(judged.score)).toBe(true);
    await detector.close();
  });
});

describe('embeddingOf', () => {
  it('takes the logits of a classifier as they are', () => {
    expect(embeddingOf({ logits: float32Tensor([1, 3], [1, -2, 3]) })).toEqual([1, -2, 3]);
    expect(withEmbedding(disc, { ...readCard(disc)!, kind: 'classifier' })).toBe(disc);
  });

  it('is null where there is neither, or no number', () => {
    expect(embeddingOf({ score: float32Tensor([1], [1]) })).toBeNull();
    expect(embeddingOf({ logits: float32Tensor([1, 2], [NaN, 1]) })).toBeNull();
  });
});
