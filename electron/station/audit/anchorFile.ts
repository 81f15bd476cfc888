import { readFile } from 'node:fs/promises';
import { errorCode } from '../../platform/durableFile.ts';
import type { AuditAnchors } from '../../store/auditCheck.ts';

/** One entry a line: id, a space, its hash in hex. */
export const anchorLine = (id: number, hash: Buffer) => `${id} ${hash.toString('hex')}\n`;

/**
 * The copies of the audit trail's hashes beside the database; `null` when there is no such file. A line that was not
 * written to its end is passed over: that entry is covered by the chain all the same. Where the ids begin anew after
 * entries were lost, what was said of those is forgotten; the trail itself tells of the loss.
 */
export async function readAnchors(path: string): Promise<AuditAnchors | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
  const hashes = new Map<number, string>();
  let lastId = 0;
  for (const [, digits, hash] of text.matchAll(/^(\d{1,15}) ([0-9a-f]{64})$/gm)) {
    const id = Number(digits);
    for (let forgotten = id; forgotten <= lastId; forgotten++) hashes.delete(forgotten);
    hashes.set(id, hash!);
    lastId = id;
  }
  return { hashes, lastId };
}
