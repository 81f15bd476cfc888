import { readdirSync } from 'node:fs';

interface Reading {
  /** Resident memory of this process, MB. */
  readonly memoryMb: number;
  /** Of it, what JavaScript uses, rubbish that was not collected yet included, MB. */
  readonly usedMb: number;
  /** Open files of this process; 0 where the system does not tell. */
  readonly handles: number;
}

/** Memory and handles of this process over a long run. */
export class Gauge {
  readonly #readings: Reading[] = [];

  read(): void {
    const { rss, heapUsed, external } = process.memoryUsage();
    const handles = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
    this.#readings.push({ memoryMb: rss / 2 ** 20, usedMb: (heapUsed + external) / 2 ** 20, handles });
  }

  /** In the second quarter of the run: caches are full by then. */
  get settled(): Reading {
    return this.#ofQuarter(1);
  }

  /** In the last quarter. */
  get last(): Reading {
    return this.#ofQuarter(3);
  }

  toString(): string {
    const { settled, last } = this;
    const from = (of: (reading: Reading) => number) => `${of(settled).toFixed(0)} → ${of(last).toFixed(0)}`;
    return (
      `memory ${from(({ memoryMb }) => memoryMb)} MB, in use ${from(({ usedMb }) => usedMb)} MB, ` +
      `handles ${from(({ handles }) => handles)}`
    );
  }

  /** The most that was resident and open, and the least that was in use: right after a collection. */
  #ofQuarter(quarter: number): Reading {
    const size = this.#readings.length / 4;
    const part = this.#readings.slice(Math.floor(quarter * size), Math.ceil((quarter + 1) * size));
    return {
      memoryMb: Math.max(...part.map(({ memoryMb }) => memoryMb)),
      usedMb: Math.min(...part.map(({ usedMb }) => usedMb)),
      handles: Math.max(...part.map(({ handles }) => handles)),
    };
  }
}
