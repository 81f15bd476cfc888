/**
 * Loaded into a process before everything else (`--import`, or NODE_OPTIONS for its children as well): whatever wants to
 * leave this computer, resolve a name or be reached from outside is written into the file named by
 * KENRO_NETWORK_REPORT, one JSON object a line, and is refused, so that not one packet goes out.
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { isMainThread } from 'node:worker_threads';

export interface NetworkReport {
  readonly pid: number;
  /** `watching` once a process, then `connect`, `listen`, `resolve`, `send`. */
  readonly what: string;
  readonly where: string;
}

const file = process.env['KENRO_NETWORK_REPORT'] as string;
const loopback = ['127.0.0.1', '::1', 'localhost'];

function report(what: string, where: string): void {
  appendFileSync(file, `${JSON.stringify({ pid: process.pid, what, where } satisfies NetworkReport)}\n`);
}

function check(what: string, where: unknown): void {
  const host = typeof where === 'string' ? where : '';
  if (loopback.includes(host)) return;
  report(what, host === '' ? 'every address' : host);
  throw new Error(`the network is watched: ${what} ${host}`);
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Puts `before` in front of a method. */
function guard(owner: object, name: string, before: (args: unknown[]) => void): void {
  const methods = owner as Record<string, Method>;
  const original = methods[name] as Method;
  methods[name] = function (...args) {
    before(args);
    return original.apply(this, args);
  };
}

/** `(options)`, `(path)`, `(port, host)`, and what Node has made of them for itself: `[options, callback]`. */
function addressOf(args: unknown[], none: string): { host: unknown; isLocalSocket: boolean } {
  const first = Array.isArray(args[0]) ? (args[0] as unknown[])[0] : args[0];
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { host: '', isLocalSocket: true };
  if (typeof first !== 'object' || first === null) {
    return { host: typeof args[1] === 'string' ? args[1] : none, isLocalSocket: false };
  }
  const { host, path } = first as { host?: string; path?: string };
  return { host: host ?? none, isLocalSocket: path !== undefined };
}

guard(net.Socket.prototype, 'connect', (args) => {
  const { host, isLocalSocket } = addressOf(args, 'localhost');
  if (!isLocalSocket) check('connect', host);
});
guard(net.Server.prototype, 'listen', (args) => {
  const { host, isLocalSocket } = addressOf(args, '');
  if (!isLocalSocket) check('listen', host);
});
guard(dgram.Socket.prototype, 'connect', (args) => check('connect', args[1]));
guard(dgram.Socket.prototype, 'send', (args) =>
  check(
    'send',
    args.findLast((arg) => typeof arg === 'string'),
  ),
);
guard(dgram.Socket.prototype, 'bind', () => check('listen', 'a datagram socket'));
for (const [resolver, names] of [
  [dns, Object.keys(dns)],
  [dns.promises, Object.keys(dns.promises)],
  [dns.Resolver.prototype, Object.keys(dns.Resolver.prototype)],
  [dns.promises.Resolver.prototype, Object.keys(dns.promises.Resolver.prototype)],
] as const) {
  for (const name of names.filter((each) => /^(lookup|resolve|reverse)/.test(each))) {
    guard(resolver, name, (args) => check('resolve', args[0]));
  }
}
syncBuiltinESMExports();
if (isMainThread) report('watching', process.argv[1] ?? '');
