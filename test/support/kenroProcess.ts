import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const shim = join(import.meta.dirname, '../../build/kenro.js');

export interface Run {
  code: number | null;
  out: string;
  err: string;
}

/** Starts the command line as a process of its own, killed after the test. */
export function launch(
  args: readonly string[],
  node = process.execPath,
): { child: ChildProcess; ended: Promise<Run> } {
  const child = spawn(node, [shim, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Run>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  return { child, ended };
}

/** Runs the command line to its end. */
export const kenro = (...args: string[]) => launch(args).ended;

/** Standard output must be JSON, line by line, and nothing else. */
export const records = ({ out }: Run) =>
  out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
