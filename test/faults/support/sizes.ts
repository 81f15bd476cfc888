/** How much is done: small within `npm test`, as `npm run test:faults` says otherwise. */
function size(name: string, small: number): number {
  const given = process.env[`KENRO_FAULT_${name}`];
  return given === undefined ? small : Number(given);
}

export const sizes = {
  /** Processes killed. */
  kills: size('KILLS', 6),
  /** Parts of the long run. */
  parts: size('PARTS', 20_000),
  /** Moments at which the power goes. */
  cuts: size('CUTS', 40),
  /** Files that appear at once. */
  files: size('FILES', 1_000),
  seed: size('SEED', 1),
};

/** One line of what a test survived. */
export function tell(line: string): void {
  process.stdout.write(`faults: ${line}\n`);
}
