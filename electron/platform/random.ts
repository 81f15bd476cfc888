import { randomFillSync } from 'node:crypto';

/** Uniform in [0, 1). Code that needs chance takes one as an argument, so tests can seed it. */
export type Uniform = () => number;

export const systemRandom: Uniform = () => {
  const word = new Uint32Array(1);
  randomFillSync(word);
  return (word[0] as number) / 2 ** 32;
};
