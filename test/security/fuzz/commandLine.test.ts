import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CostFile, parseCosts } from '../../../electron/contract/costs.ts';
import { KenroError } from '../../../electron/contract/errors.ts';
import { parseSite } from '../../../electron/contract/site.ts';
import { parseGiven } from '../../../electron/cli/arguments.ts';
import { UsageError } from '../../../electron/cli/command.ts';
import { commands, runCli } from '../../../electron/cli/run.ts';
import { systemClock } from '../../../electron/platform/clock.ts';
import { fateOf, fuzz, type Fate } from '../../support/fuzz.ts';
import { anything, arbitraryOf } from '../../support/fuzzSchema.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const flags = [...new Set(commands.flatMap((command) => Object.keys(command.flags)))];
const odd = fc.oneof(
  fc.constantFrom(
    '',
    '-',
    '--',
    '---',
    '-x',
    '--=',
    '--no-json',
    '--json=1',
    '--__proto__',
    '--__proto__=1',
    '--constructor',
  ),
  fc.constantFrom(
    'NaN',
    'Infinity',
    '-1',
    '1e999',
    '0x10',
    '9'.repeat(400),
    '../..',
    '/dev/null',
    '\0',
    '\ud800',
    '日本',
  ),
  fc.constantFrom(...flags).map((flag) => `--${flag}`),
  fc
    .tuple(fc.constantFrom(...flags), fc.string({ maxLength: 10 }))
    .map(([flag, value]) => `--${flag}=${value}`),
  fc.string({ maxLength: 30 }),
);
const lines = fc.record({ command: fc.constantFrom(...commands), args: fc.array(odd, { maxLength: 8 }) });

test('arguments are understood or refused with the usage, whatever they are', async () => {
  await fuzz({
    name: 'arguments of kenro',
    inputs: lines,
    corpus: commands.flatMap((command) =>
      [['--__proto__', 'x'], ['--seed'], ['--seed', '']].map((args) => ({ command, args })),
    ),
    attempt: ({ command, args }) =>
      fateOf(
        () => {
          const given = parseGiven(command, args);
          for (const flag of Object.keys(command.flags)) {
            given.texts(flag);
            if (given.has(flag)) given.integer(flag, 0, 0, 10);
          }
        },
        (thrown) => thrown instanceof UsageError,
      ),
    usualRuns: 2_000,
    bounds: { blockMs: 500, memoryMb: 300 },
  });
});

test('a command that cannot be carried out says so in a line, and leaves nothing behind', async () => {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, 'empty'));
  const before = readdirSync(folder, { recursive: true });
  const wrong = fc.record({
    // With an option that there is not, nothing is begun; the files of the others are not there.
    command: fc.oneof(
      fc.constantFrom(...commands.map(({ name }) => name)),
      fc.constantFrom('', '__proto__', 'constructor', '-', 'x'),
    ),
    args: fc.array(odd, { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(wrong, async ({ command, args }) => {
      let written = '';
      const output = { write: (text: string) => ((written += text), true), isTTY: false };
      const around = {
        stdout: output,
        stderr: output,
        signal: new AbortController().signal,
        clock: systemClock,
      };
      const code = await runCli([command, '--no-such-flag', ...args], around as never);
      expect([0, 1, 2]).toContain(code);
      expect(written).not.toMatch(/\n\s+at |internal/);
    }),
    { numRuns: 300, seed: 1 },
  );
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
});

const settings = fc.oneof(
  arbitraryOf(CostFile).map((value) => JSON.stringify(value)),
  anything.map((value) => {
    try {
      return JSON.stringify(value) ?? '';
    } catch {
      return '[';
    }
  }),
  fc.string(),
  fc.json(),
);

test('settings files are understood, or refused naming file and field', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'costs.json');
  writeFileSync(path, '{}');
  const isExpected = (thrown: unknown) => {
    if (!(thrown instanceof KenroError)) return false;
    expect(['fileNotJson', 'fieldWrong']).toContain(thrown.kind);
    expect(thrown.params['path']).toBe(path);
    return true;
  };
  await fuzz<string>({
    name: 'settings files',
    inputs: settings,
    corpus: [
      '',
      '[',
      'null',
      '{"__proto__":{"escape":1}}',
      '{"escape":1e999}',
      '['.repeat(1_000_000),
      `{"a":"${'x'.repeat(1e6)}"}`,
      `{"${'x'.repeat(1e6)}":1}`,
    ],
    attempt: async (text): Promise<Fate> => {
      const fates = [
        await fateOf(() => parseCosts(text, path), isExpected),
        await fateOf(() => parseSite(text, path), isExpected),
      ];
      return fates.includes('taken') ? 'taken' : 'refused';
    },
    usualRuns: 1_000,
    bounds: { blockMs: 1_000, memoryMb: 300 },
  });
});
