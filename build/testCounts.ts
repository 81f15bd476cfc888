/** What is used of vitest's JSON report. */
export interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Checks and tests in one count. A run that ends badly never counts as clean: a file that could not be loaded
 * counts as one failure, and so does a failed run in which no single test is to blame.
 *
 * @param tests vitest's report, or `null` when there is none
 * @param clean whether vitest ended without complaint
 */
export function addUp(
  passedChecks: number,
  failedChecks: number,
  tests: Counts | null,
  clean: boolean,
): Summary {
  const unloaded =
    tests?.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    ).length ?? 0;
  const failedTests = (tests?.numFailedTests ?? 0) + unloaded;
  return {
    passed: passedChecks + (tests?.numPassedTests ?? 0),
    failed: failedChecks + (failedTests === 0 && !(clean && tests !== null) ? 1 : failedTests),
    skipped: (tests?.numPendingTests ?? 0) + (tests?.numTodoTests ?? 0),
  };
}

export function summaryLine({ passed, failed, skipped }: Summary): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
