import { describe, expect, test } from 'vitest';
import type { Model } from '../../../../../electron/contract/domain.ts';
import type { ErrorInfo } from '../../../../../electron/contract/errors.ts';
import type { ParityCheck } from '../../../../../electron/contract/parity.ts';
import { catchUp } from '../../../../../electron/station/parity/catchUp.ts';
import type { ParityGate } from '../../../../../electron/station/parity/parityGate.ts';

const check: ParityCheck = {
  ...{ timeMs: 1, actor: 'station', provider: 'cpu', runtime: '1.30', basis: 'made', passed: true },
  ...{ parts: 3, worst: 0, flips: 0, differing: [] },
};
const failed: ParityCheck = {
  ...{ ...check, passed: false, flips: 1 },
  differing: [{ name: '/parts/7.png', expected: 1, got: 2 }],
};
const model = (name: string) => ({ name, sha256: name, productId: 1 }) as Model;

function started(answers: Readonly<Record<string, ParityCheck>>, passed: readonly string[] = []) {
  const recorded: string[] = [];
  const notices: ErrorInfo[] = [];
  const gate = {
    hasPassed: async (sha256: string) => passed.includes(sha256),
    compare: async ({ sha256 }: Model) => answers[sha256]!,
    record: ({ name }: Model) => void recorded.push(name),
  } as unknown as ParityGate;
  const stop = catchUp({
    ...{ gate, afterMs: 1, inUse: () => [...Object.keys(answers), ...passed].map(model) },
    onDiffering: (notice) => notices.push(notice),
    onBug: (thrown) => {
      throw thrown;
    },
  });
  return { recorded, notices, stop };
}

describe('after a start', () => {
  test('models in use that have not passed here are compared, and the operator is told of those that differ', async () => {
    const { recorded, notices } = started({ good: check, bad: failed }, ['known']);
    await expect.poll(() => recorded).toEqual(['good', 'bad']);
    expect(notices).toMatchObject([{ kind: 'modelInUseDiffers', params: { name: 'bad', parts: '7.png' } }]);
  });

  test('nothing is compared any more once the station stops', async () => {
    const { recorded, stop } = started({ good: check });
    stop();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(recorded).toEqual([]);
  });
});
