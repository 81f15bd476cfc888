import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One line of `/proc/net/tcp` and its like (Linux, proc_pid_net(5)). */
export interface OpenSocket {
  readonly protocol: string;
  readonly local: string;
  readonly remote: string;
  readonly isListening: boolean;
  readonly inode: string;
}

const tables = ['tcp', 'tcp6', 'udp', 'udp6'];
const listening = '0A';
const loopback = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];
const anywhere = ['0.0.0.0', '::'];

/** Reads one of the tables. @param text with its line of headings */
export function readSockets(protocol: string, text: string): OpenSocket[] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const fields = line.trim().split(/\s+/);
      return {
        protocol,
        local: addressOf(fields[1] as string),
        remote: addressOf(fields[2] as string),
        isListening: fields[3] === listening,
        inode: fields[9] as string,
      };
    });
}

/**
 * Sockets of a process and all that descend from it which reach beyond this computer or can be reached from beyond it,
 * as the system itself lists them: also those of native code.
 */
export function strayConnections(pid: number): string[] {
  const own = new Map(familyOf(pid).map((each) => [each, socketsOf(each)]));
  const all = tables.flatMap((protocol) => readSockets(protocol, read(`/proc/net/${protocol}`)));
  return [...own].flatMap(([process, inodes]) =>
    all
      .filter(({ inode }) => inodes.has(inode))
      .filter(isStray)
      .map(
        ({ protocol, local, remote }) =>
          `${process} (${commandOf(process)}): ${protocol} ${local} -> ${remote}`,
      ),
  );
}

export function isStray({ protocol, local, remote, isListening }: OpenSocket): boolean {
  if (isListening) return !loopback.includes(local);
  // An unconnected datagram socket listens too.
  if (protocol.startsWith('udp') && anywhere.includes(remote)) return !loopback.includes(local);
  return !anywhere.includes(remote) && !loopback.includes(remote);
}

/** Words of 32 bits in the byte order of the processor, here little-endian, and a port. */
function addressOf(field: string): string {
  const hex = field.split(':')[0] as string;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) as string[]).reverse());
  const dotted = (part: string[]) => part.map((byte) => parseInt(byte, 16)).join('.');
  if (bytes.length === 4) return dotted(bytes);
  if (bytes.slice(0, 12).join('') === '00000000000000000000FFFF') {
    return `::ffff:${dotted(bytes.slice(12))}`;
  }
  const groups = Array.from({ length: 8 }, (_, at) => parseInt(bytes.slice(2 * at, 2 * at + 2).join(''), 16));
  if (groups.every((group) => group === 0)) return '::';
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1) return '::1';
  return groups.map((group) => group.toString(16)).join(':');
}

function familyOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    // The name of a process, in brackets, may hold anything.
    const parent = / \S (\d+) /.exec(read(`/proc/${name}/stat`).replace(/^.*\)/s, ''))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const family = new Set([pid]);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child);
  }
  return [...family];
}

const commandOf = (pid: number) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 200);

function socketsOf(pid: number): Set<string> {
  const inodes = new Set<string>();
  for (const name of list(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${name}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

// Processes and their files go while we look.
const orNothing = <T>(look: () => T, nothing: T): T => {
  try {
    return look();
  } catch {
    return nothing;
  }
};
const read = (path: string) => orNothing(() => readFileSync(path, 'utf8'), '');
const list = (path: string) => orNothing(() => readdirSync(path), []);
const link = (path: string) => orNothing(() => readlinkSync(path), '');
