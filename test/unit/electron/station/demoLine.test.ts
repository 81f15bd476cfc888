import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DemoConfig } from '../../../../electron/contract/domain.ts';
import { systemClock } from '../../../../electron/platform/clock.ts';
import { DemoLine } from '../../../../electron/station/sources/demoLine.ts';
import { numberedPartKey } from '../../../../electron/store/partKey.ts';

const config: DemoConfig = {
  kind: 'demo',
  part: 'disc',
  seed: 9,
  intervalMs: 1_000,
  defectRate: 0.1,
  disturbances: { light: 0, blur: 0, noise: 0 },
};

function demo(change: Partial<DemoConfig> = {}, firstIndex = 0): { line: DemoLine; available: () => number } {
  let told = 0;
  const line = new DemoLine({
    id: 4,
    config: { ...config, ...change },
    firstIndex,
    clock: systemClock,
    events: {
      available: () => told++,
      changed: () => undefined,
      failed: (thrown) => {
        throw thrown;
      },
    },
  });
  line.start();
  return { line, available: () => told };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('has its first part at once and another one each interval', async () => {
  const { line, available } = demo({}, 41);
  expect(line.take()).toMatchObject({
    key: numberedPartKey(4, 41),
    origin: '41',
    image: { from: 'demo', part: 'disc', seed: 9, index: 41 },
  });
  expect(line.take()).toBeNull();
  await vi.advanceTimersByTimeAsync(999);
  expect(line.waiting).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(line.take()?.origin).toBe('42');
  expect(available()).toBe(2);
});

test('waits for a slow station instead of heaping parts up', async () => {
  const { line } = demo();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(line.waiting).toBe(1);
  expect(line.take()?.origin).toBe('0');
  expect(line.take()).toBeNull();
});

test('without an interval has its next part at once', async () => {
  const { line } = demo({ intervalMs: 0 });
  for (let index = 0; index < 3; index++) {
    expect(line.take()?.origin).toBe(String(index));
    await vi.advanceTimersByTimeAsync(1);
  }
});

test('takes over disturbances and speed while it runs', async () => {
  const { line } = demo({ intervalMs: 3_600_000 });
  line.take();
  const disturbances = { light: 1, blur: 0.5, noise: 0.2 };
  expect(line.reconfigure({ ...config, intervalMs: 100, disturbances })).toBe(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(line.take()?.image).toMatchObject({ disturbances });
});

test('has nothing more after it was stopped', async () => {
  const { line } = demo();
  line.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(line.take()).toBeNull();
});
