import { renameSync, rmSync } from 'node:fs';

/**
 * Puts a finished folder where another one may lie; nobody ever sees half of one. Of two programs that build the
 * same thing at once, the later leaves what the earlier has put there.
 */
export function replaceFolder(finished: string, place: string): void {
  const former = `${finished}.former`;
  moved(place, former, ['ENOENT']);
  if (!moved(finished, place, ['EEXIST', 'ENOTEMPTY', 'EPERM'])) rmSync(finished, { recursive: true });
  rmSync(former, { recursive: true, force: true });
}

/** @param unless codes of failures that mean it need not or cannot be moved now */
function moved(from: string, to: string, unless: readonly string[]): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (thrown) {
    if (!unless.includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
    return false;
  }
}
