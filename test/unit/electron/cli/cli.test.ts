import { describe, expect, it } from 'vitest';
import { attackNames } from '../../../../electron/cli/attackFlags.ts';
import { disturbanceNames } from '../../../../electron/contract/disturbances.ts';
import { attacks } from '../../../../native-models/attacks/index.ts';
import { corruptionNames } from '../../../../native-models/evaluate/disturbances.ts';
import { engineFlags, parseGiven } from '../../../../electron/cli/arguments.ts';
import { UsageError } from '../../../../electron/cli/command.ts';
import type { Command } from '../../../../electron/cli/command.ts';
import { helpFor } from '../../../../electron/cli/help.ts';
import { messageFor } from '../../../../electron/cli/messages.ts';
import { commands, exitCodes, runCli } from '../../../../electron/cli/run.ts';
import { barFor, openTerminal, table } from '../../../../electron/cli/terminal.ts';
import { errorKinds } from '../../../../electron/contract/errors.ts';
import { systemClock } from '../../../../electron/platform/clock.ts';

function sink(isTTY = false) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => void written.push(text) };
}

async function run(...args: string[]) {
  const stdout = sink();
  const stderr = sink();
  const code = await runCli(args, {
    stdout,
    stderr,
    signal: new AbortController().signal,
    clock: systemClock,
  });
  return { code, out: stdout.written.join(''), err: stderr.written.join('') };
}

const command: Command = {
  name: 'try',
  summary: 'Tries.',
  usage: '--model FILE',
  flags: {
    model: { type: 'string', value: 'FILE', help: 'a model', required: true, multiple: true },
    data: { type: 'string', help: 'data' },
    ...engineFlags,
  },
  run: async () => undefined,
};

describe('parseGiven', () => {
  it('reads flags, repeated flags and the rest', () => {
    const given = parseGiven(command, ['a.png', '--model', 'x', '--model=y', '--seed', '7', '--json']);
    expect(given.positionals).toEqual(['a.png']);
    expect(given.texts('model')).toEqual(['x', 'y']);
    expect(given.text('data')).toBeUndefined();
    expect(given.integer('seed', 0, 0, 10)).toBe(7);
    expect(given.integer('threads', 3, 0, 10)).toBe(3);
    expect(given.has('json')).toBe(true);
    expect(given.has('quiet')).toBe(false);
  });

  it.each([
    [['--data', 'd'], '--model is missing'],
    [['--model', 'x', '--nonsense'], 'nonsense'],
    [['--model'], 'model'],
    [['--model', 'x', '--data', 'a', '--data', 'b'], '--data is given more than once'],
  ])('refuses %j', (args, reason) => {
    expect(() => parseGiven(command, args)).toThrow(UsageError);
    expect(() => parseGiven(command, args)).toThrow(reason);
  });

  it.each(['x', '1.5', '-1', '11', ''])('refuses the whole number %j', (value) => {
    const given = parseGiven(command, ['--model', 'x', `--seed=${value}`]);
    expect(() => given.integer('seed', 0, 0, 10)).toThrow(UsageError);
  });
});

describe('runCli', () => {
  it('lists its commands', async () => {
    const { code, out, err } = await run('--help');
    expect(code).toBe(exitCodes.done);
    for (const { name } of commands) expect(out).toContain(`  ${name} `);
    expect(err).toBe('');
    expect((await run()).code).toBe(exitCodes.usage);
  });

  it.each(commands.map(({ name }) => name))('has a help for %s that names every flag', async (name) => {
    const { code, out } = await run(name, '--help');
    expect(code).toBe(exitCodes.done);
    const found = commands.find((candidate) => candidate.name === name) as Command;
    for (const flag of [...Object.keys(found.flags), 'json', 'quiet']) expect(out).toContain(`--${flag}`);
    expect(out).toBe(`${helpFor(found).join('\n')}\n`);
  });

  it.each([
    [['nonsense']],
    [['inspect']],
    [['inspect', '--model', 'm.onnx']],
    [['teach', '--good', 'x']],
    [['evaluate', '--model', 'm']],
    [['site', '--out', 'site.json']],
    [['site', '--good', '.', '--out', '.']],
    [['models', 'nonsense']],
    [['inspect', 'a.png', '--model', 'm', '--provider', 'abacus']],
    [['attack', '--model', 'm', '--data', '.', '--eps', '0.1', '--attack', 'abacus']],
    [['evaluate', '--model', 'm', '--data', '.', '--attacks', 'pgd,abacus']],
    [['evaluate', '--model', 'm', '--data', '.', '--corruptions', 'shift,abacus']],
    [['corrupt', 'a.png', '--name', 'abacus', '--severity', '1', '--out', '.']],
  ])('answers %j with wrong usage, on standard error only', async (args) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(exitCodes.usage);
    expect(out).toBe('');
    expect(err).toMatch(/^kenro.*\n$/);
  });

  it('fails with one line that names the thing', async () => {
    const { code, out, err } = await run(
      'evaluate',
      '--json',
      '--model',
      'm.onnx',
      '--data',
      '/no/such/folder',
    );
    expect({ code, out }).toEqual({ code: exitCodes.failed, out: '' });
    expect(err).toBe('kenro evaluate: folder "/no/such/folder" does not exist; check the path\n');
  });
});

it('knows the attacks and disturbances that there are', () => {
  expect(attackNames).toEqual([...attacks.keys()]);
  expect([...disturbanceNames].sort()).toEqual([...corruptionNames].sort());
});

describe('messageFor', () => {
  it.each(errorKinds)('has one line for %s, with and without particulars', (kind) => {
    const params = { path: '/p', file: '/f', reason: 'r', name: 'n', what: 'w', width: 1, height: 2 };
    for (const error of [
      { kind, params: {} },
      { kind, params },
    ]) {
      const text = messageFor(error);
      expect(text).not.toMatch(/undefined|\n|\s\s/);
      expect(text.length).toBeGreaterThan(5);
    }
  });

  it('tells the cause of a bug', () => {
    expect(messageFor({ kind: 'internal', params: {}, cause: 'x is undefined' })).toBe(
      'unexpected failure [x is undefined]',
    );
  });
});

describe('openTerminal', () => {
  const progress = { stage: 'features', done: 20, total: 40 };

  it('prints JSON or lines, never both', () => {
    for (const json of [true, false]) {
      const stdout = sink();
      const terminal = openTerminal({ json, quiet: false, stdout, stderr: sink() });
      terminal.result({ a: 1 }, ['first', 'second']);
      expect(stdout.written.join('')).toBe(json ? '{"a":1}\n' : 'first\nsecond\n');
    }
  });

  it('shows a bar on a terminal only, wipes it, and keeps it off standard output', () => {
    for (const isTTY of [true, false]) {
      const stdout = sink();
      const stderr = sink(isTTY);
      const terminal = openTerminal({ json: true, quiet: false, stdout, stderr });
      terminal.progress(progress);
      expect(stderr.written.join('')).toBe(isTTY ? `\r\u001b[K${barFor(progress)}` : '');
      terminal.close();
      expect(stderr.written.at(-1)).toBe(isTTY ? '\r\u001b[K' : undefined);
      expect(stdout.written).toEqual([]);
    }
  });

  it('is silent when asked to', () => {
    const stderr = sink(true);
    const terminal = openTerminal({ json: false, quiet: true, stdout: sink(), stderr });
    terminal.progress(progress);
    terminal.note('note');
    terminal.close();
    expect(stderr.written).toEqual([]);
  });

  it('draws a bar for an unknown total', () => {
    expect(barFor({ stage: 'collect', done: 3, total: 0 })).toContain('0 %');
    expect(barFor(progress)).toContain(`${'#'.repeat(15)}${'.'.repeat(15)}`);
  });

  it('aligns a table', () => {
    expect(
      table([
        ['a', 'bb'],
        ['ccc', 'd'],
      ]),
    ).toEqual(['a    bb', 'ccc  d']);
  });
});
