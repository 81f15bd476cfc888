import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { quantile } from './figure.ts';

interface Event {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: { readonly op_name?: string };
}

const shown = 12;

/**
 * Sums onnxruntime's profile by operator, apart for forward and backward nodes.
 * @param prefix as given to `openSession`
 * @param runs how many of the last runs count
 */
export function profileLines(prefix: string, runs: number): string[] {
  const file = readdirSync(dirname(prefix)).find((name) => name.startsWith(basename(prefix)))!;
  const events = JSON.parse(readFileSync(join(dirname(prefix), file), 'utf8')) as Event[];
  const byNode = new Map<string, Event[]>();
  for (const event of events) {
    if (event.cat !== 'Node' || !event.name.endsWith('_kernel_time')) continue;
    byNode.set(event.name, [...(byNode.get(event.name) ?? []), event]);
  }
  const totals = new Map<string, { ms: number; nodes: number }>();
  for (const [name, all] of byNode) {
    const times = all.slice(-runs).map(({ dur }) => dur / 1000);
    const key = `${name.includes('.grad') ? 'backward' : 'forward '} ${all[0]!.args.op_name ?? '?'}`;
    const { ms, nodes } = totals.get(key) ?? { ms: 0, nodes: 0 };
    totals.set(key, { ms: ms + quantile(times, 0.5), nodes: nodes + 1 });
  }
  const sum = [...totals.values()].reduce((total, { ms }) => total + ms, 0);
  return [...totals]
    .sort(([, a], [, b]) => b.ms - a.ms)
    .slice(0, shown)
    .map(([key, { ms, nodes }]) => {
      const share = `${((100 * ms) / sum).toFixed(1)} %`.padStart(7);
      return `${share}  ${ms.toFixed(2).padStart(8)} ms  ${key} (${nodes} nodes)`;
    });
}
