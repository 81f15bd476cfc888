import type { Retention } from '../../contract/backups.ts';

const gigabyte = 1e9;
/** Further ahead nothing is said. */
const mostDays = 3_650;

/** How a disk fills, in bytes. */
export interface Filling {
  readonly freeBytes: number;
  /** Pictures that retention may delete, and those that it may not, now. */
  readonly okBytes: number;
  readonly stayingBytes: number;
  /** What comes in a day: the database, pictures of either kind. */
  readonly databaseADay: number;
  readonly okADay: number;
  readonly stayingADay: number;
}

/**
 * When the disk is full, if parts come in as they did lately and the retention stays as it is: pictures of OK parts no longer grow
 * once a day's worth is deleted each day, or once all pictures together have reached their limit.
 * @returns days from now, whole; `null` where it does not fill within ten years
 */
export function daysUntilFull(filling: Filling, { okDays, mostGb }: Retention): number | null {
  const { freeBytes, okBytes, stayingBytes, databaseADay, okADay, stayingADay } = filling;
  // What is there now was perhaps more a day; that it shrinks is not counted on.
  const mostOk = okDays === null ? Infinity : Math.max(okBytes, okDays * okADay);
  const most = mostGb === null ? Infinity : mostGb * gigabyte;
  let ok = okBytes;
  for (let day = 1; day <= mostDays; day++) {
    const staying = stayingBytes + day * stayingADay;
    ok = Math.max(0, Math.min(ok + okADay, mostOk, most - staying));
    const grown = day * databaseADay + staying + ok - stayingBytes - okBytes;
    if (grown > freeBytes) return day - 1;
  }
  return null;
}
