import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { batch } from './stepBench.ts';

/** As Python is called here; needs the packages torch and onnx. */
const python = process.env['KENRO_PYTHON'] ?? 'python3';
const layouts = ['contiguous', 'channels_last'] as const;
type Layout = (typeof layouts)[number];

/** Threads of PyTorch wait for more work, spinning, for so long: they are not to take the processor from the other. */
const settleMs = 300;
const warmUps = 3;
const rounds = 7;

export interface BesidePyTorch {
  readonly ownMs: readonly number[];
  readonly torchMs: Readonly<Record<Layout, readonly number[]>>;
}

export function hasPyTorch(): boolean {
  return spawnSync(python, ['-c', 'import torch, onnx'], { stdio: 'ignore' }).status === 0;
}

/**
 * Milliseconds of a step here and of the same in PyTorch, in turn, in both of its layouts.
 * @param own runs a step here and tells how long it took
 */
export async function besidePyTorch(
  path: string,
  side: number,
  threads: number,
  own: () => Promise<number>,
): Promise<BesidePyTorch> {
  const ownMs: number[] = [];
  const torchMs: Record<Layout, number[]> = { contiguous: [], channels_last: [] };
  const steps = layouts.map((layout) => ({ layout, ...openPyTorch(path, side, threads, layout) }));
  try {
    for (const { ready } of steps) await ready;
    for (let round = -warmUps; round < rounds; round++) {
      const took = await own();
      if (round >= 0) ownMs.push(took);
      for (const { layout, run } of steps) {
        const ms = await run();
        if (round >= 0) torchMs[layout].push(ms);
        await wait(settleMs);
      }
    }
  } finally {
    for (const { close } of steps) close();
  }
  return { ownMs, torchMs };
}

function openPyTorch(path: string, side: number, threads: number, layout: Layout) {
  const program = join(import.meta.dirname, 'pytorchStep.py');
  const args = [program, path, String(batch), String(side), String(threads), layout];
  const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
    if (done) throw new Error('PyTorch has ended early');
    return value;
  };
  return {
    ready: next(),
    run: async () => {
      child.stdin.write('step\n');
      return Number(await next());
    },
    close: () => void child.stdin.end(),
  };
}
