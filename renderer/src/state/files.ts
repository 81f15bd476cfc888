import { ErrorInfo } from '../../../electron/contract/errors.ts';

export type FileOutcome = { ok: true; content: Blob } | { ok: false; error: ErrorInfo };

/** So long a browser may take to begin with a file that is being saved. */
const keptMs = 60_000;

/** A file of the station by its address; a refusal says why. */
export async function fetchFile(address: string): Promise<FileOutcome> {
  try {
    const answer = await fetch(address);
    if (answer.ok) return { ok: true, content: await answer.blob() };
    return { ok: false, error: ErrorInfo.parse(await answer.json()) };
  } catch {
    return { ok: false, error: { kind: 'engineLost', params: { what: 'station' } } };
  }
}

/** Puts a file among the downloads. @param name signs that no file may have in its name become lines */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name.replace(/[\\/:*?"<>|\p{Cc}]/gu, '-');
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), keptMs);
}
