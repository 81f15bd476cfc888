import { expect, test } from 'vitest';
import { addUp, summaryLine, type Counts } from '../../../build/testCounts.ts';

const report = (passed: number, failed: number, skipped: number, unloaded = 0): Counts => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: skipped,
  numTodoTests: 0,
  testResults: Array.from({ length: unloaded }, () => ({ status: 'failed', assertionResults: [] })),
});

test('checks and tests are counted together', () => {
  expect(summaryLine(addUp(6, 0, report(10, 0, 2), true))).toBe('16 passed, 0 failed, 2 skipped');
  expect(summaryLine(addUp(5, 1, report(10, 2, 0), false))).toBe('15 passed, 3 failed');
});

test('no bad end counts as clean', () => {
  expect(addUp(6, 0, null, false).failed).toBe(1);
  expect(addUp(6, 0, null, true).failed).toBe(1);
  expect(addUp(6, 0, report(10, 0, 0), false).failed).toBe(1);
  expect(addUp(6, 0, report(10, 0, 0, 2), false).failed).toBe(2);
});
