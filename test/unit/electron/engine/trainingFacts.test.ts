import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trainingFacts } from '../../../../electron/engine/trainingFacts.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

const sha256 = 'c'.repeat(64);
const result = { sha256, trainFlops: 3e9, seconds: 12.5, epochs: 4, parameters: 99, other: 'unread' };

async function runWith(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

describe('trainingFacts', () => {
  it('says what the training took, and what training everything would have', async () => {
    const thresholds = { review: 0.3, ng: 0.4 };
    const plan = { total: { flops: 1, wholeFlops: 4e11, seconds: 1 } };
    const folder = await runWith({
      'result.json': { ...result, layers: ['conv1'], thresholds },
      'plan.json': plan,
    });
    expect(await trainingFacts(folder, sha256)).toEqual({
      ...{
        flops: 3e9,
        seconds: 12.5,
        epochs: 4,
        parameters: 99,
        layers: ['conv1'],
        thresholds,
        wholeFlops: 4e11,
      },
    });
  });

  it('knows no layers and no plan of a plain training', async () => {
    const folder = await runWith({ 'result.json': result });
    expect(await trainingFacts(folder, sha256)).toMatchObject({
      ...{ layers: null, thresholds: null, wholeFlops: null },
    });
  });

  it.each([
    ['without a run', {}],
    ['of another model', { 'result.json': { ...result, sha256: 'd'.repeat(64) } }],
    ['of a file that is none of ours', { 'result.json': '{ "flops": ' }],
  ])('says nothing %s', async (_, files) => {
    expect(await trainingFacts(await runWith(files), sha256)).toBeNull();
  });
});
