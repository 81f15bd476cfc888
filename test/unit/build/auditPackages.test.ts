import { expect, test } from 'vitest';
import { readAudit } from '../../../build/auditPackages.ts';

const delivered = new Set(['ws']);
const report = (...names: string[]) =>
  JSON.stringify({
    vulnerabilities: Object.fromEntries(names.map((name) => [name, { severity: 'high', range: '<2' }])),
  });

test('what is delivered is told apart from developers’ tools, and alone makes the audit fail', () => {
  expect(readAudit(report('ws', 'eslint'), delivered)).toEqual({
    lines: [
      'Known vulnerabilities in packages that are delivered: 1',
      '  ws <2: high',
      'In tools of developers alone: 1',
      '  eslint <2: high',
    ],
    exitCode: 1,
  });
  expect(readAudit(report('eslint'), delivered).exitCode).toBe(0);
  expect(readAudit(report(), delivered).exitCode).toBe(0);
});

test.each([
  ['', 'npm gave no answer'],
  [JSON.stringify({ message: 'getaddrinfo ENOTFOUND', error: { summary: '' } }), 'ENOTFOUND'],
  [JSON.stringify({ error: { summary: 'This command requires an existing lockfile.' } }), 'lockfile'],
])('where nothing could be asked it says so and never that all is well', (output, why) => {
  const { lines, exitCode } = readAudit(output, delivered);
  expect(lines.join()).toMatch(new RegExp(`^Not checked.*${why}`));
  expect(exitCode).toBe(3);
});
