import { KenroError, toErrorInfo } from '../contract/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { programVersion } from '../platform/places.ts';
import { parseGiven } from './arguments.ts';
import { UsageError } from './command.ts';
import type { Command } from './command.ts';
import { attack } from './commands/attack.ts';
import { bench } from './commands/bench.ts';
import { certify } from './commands/certify.ts';
import { corrupt } from './commands/corrupt.ts';
import { evaluate } from './commands/evaluate.ts';
import { finetune } from './commands/finetune.ts';
import { inspect } from './commands/inspect.ts';
import { models } from './commands/models.ts';
import { people } from './commands/people.ts';
import { probe } from './commands/probe.ts';
import { serve } from './commands/serve.ts';
import { site } from './commands/site.ts';
import { teach } from './commands/teach.ts';
import { train } from './commands/train.ts';
import { helpFor, overview } from './help.ts';
import { messageFor } from './messages.ts';
import { openTerminal } from './terminal.ts';
import type { Output } from './terminal.ts';

export const exitCodes = { done: 0, failed: 1, usage: 2, cancelled: 130 } as const;

export const commands: readonly Command[] = [
  teach,
  train,
  finetune,
  inspect,
  evaluate,
  attack,
  certify,
  probe,
  corrupt,
  site,
  models,
  people,
  serve,
  bench,
];

export interface CliSurroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Runs one command line (without `node` and the program) and answers its exit code. Never throws. */
export async function runCli(args: readonly string[], around: CliSurroundings): Promise<number> {
  const [name = '', ...rest] = args;
  const say = (lines: readonly string[]) => lines.forEach((line) => around.stdout.write(`${line}\n`));
  if (name === '' || name === '--help' || name === '-h' || name === 'help') {
    say(overview(commands, programVersion()));
    return name === '' ? exitCodes.usage : exitCodes.done;
  }
  if (name === '--version') {
    say([programVersion()]);
    return exitCodes.done;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) {
    around.stderr.write(`kenro: there is no command "${name}"; "kenro --help" lists them\n`);
    return exitCodes.usage;
  }
  try {
    const given = parseGiven(command, rest);
    if (given.has('help')) {
      say(helpFor(command));
      return exitCodes.done;
    }
    const terminal = openTerminal({ ...around, json: given.has('json'), quiet: given.has('quiet') });
    try {
      await command.run(given, { ...around, terminal });
    } finally {
      terminal.close();
    }
    return exitCodes.done;
  } catch (thrown) {
    return report(command, thrown, around);
  }
}

function report(command: Command, thrown: unknown, { stderr, signal }: CliSurroundings): number {
  const prefix = `kenro ${command.name}:`;
  if (thrown instanceof UsageError) {
    stderr.write(`${prefix} ${thrown.message}; see "kenro ${command.name} --help"\n`);
    return exitCodes.usage;
  }
  if (signal.aborted || (thrown instanceof KenroError && thrown.kind === 'cancelled')) {
    stderr.write(`${prefix} cancelled\n`);
    return exitCodes.cancelled;
  }
  stderr.write(`${prefix} ${messageFor(toErrorInfo(thrown))}\n`);
  return exitCodes.failed;
}
