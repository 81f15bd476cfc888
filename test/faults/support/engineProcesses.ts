import { readdirSync, readFileSync } from 'node:fs';

export interface EngineProcess {
  readonly pid: number;
  readonly role: 'inspect' | 'train';
}

/** The engines of a station, the one in reserve included; none where the system does not tell (elsewhere than on Linux). */
export function enginesOf(station: number): EngineProcess[] {
  if (process.platform !== 'linux') return [];
  return childrenOf(station).flatMap((pid) => {
    const role = /--role=(inspect|train)/.exec(read(`/proc/${pid}/cmdline`))?.[1];
    return role === undefined ? [] : [{ pid, role: role as EngineProcess['role'] }];
  });
}

function childrenOf(pid: number): number[] {
  const threads = `/proc/${pid}/task`;
  return readdirSync(threads).flatMap((thread) =>
    read(`${threads}/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

/** Empty for what has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
