import type { EngineMessage, HostMessage } from '../../electron/contract/engine.ts';
import type { Launcher } from '../../electron/platform/launcher.ts';

/** A child process in memory: what it was sent, and what the test lets it say and suffer. */
export interface FakeChild {
  readonly args: readonly string[];
  readonly received: HostMessage[];
  readonly alive: boolean;
  say(message: EngineMessage): void;
  die(description?: string): void;
  /** The newest call of this name that was sent to it. */
  sent(name: string): Extract<HostMessage, { type: 'call' }>;
  reply(name: string, reply: unknown): void;
}

/** Launches fake children; `obey` makes each of them answer `configure` and `load` by itself. */
export function fakeLauncher(obey = true): { launcher: Launcher; children: FakeChild[] } {
  const children: FakeChild[] = [];

  const launcher: Launcher = (_modulePath, args) => {
    const received: HostMessage[] = [];
    const pid = 1000 + children.length;
    let alive = true;
    let onMessage: (message: unknown) => void = () => undefined;
    let onExit: (description: string) => void = () => undefined;

    const say = (message: EngineMessage) => {
      if (alive) onMessage(message);
    };
    const child: FakeChild = {
      args,
      received,
      get alive() {
        return alive;
      },
      say,
      die: (description = 'SIGKILL') => {
        if (!alive) return;
        alive = false;
        onExit(description);
      },
      sent: (name) => {
        const calls = received.filter((message) => message.type === 'call' && message.name === name);
        const last = calls.at(-1);
        if (last?.type !== 'call') throw new Error(`no ${name} was sent`);
        return last;
      },
      reply: (name, reply) => say({ type: 'reply', id: child.sent(name).id, reply }),
    };
    children.push(child);
    queueMicrotask(() => say({ type: 'ready', pid }));

    return {
      pid,
      send: (message) => {
        const sent = message as HostMessage;
        received.push(sent);
        if (!obey || sent.type !== 'call') return;
        if (sent.name === 'configure') {
          queueMicrotask(() =>
            say({ type: 'reply', id: sent.id, reply: { provider: 'cpu', pid, atOnce: 2 } }),
          );
        }
        if (sent.name === 'load') {
          queueMicrotask(() => say({ type: 'reply', id: sent.id, reply: { card: null, warmUpMs: 1 } }));
        }
      },
      onMessage: (listener) => {
        onMessage = listener;
      },
      onExit: (listener) => {
        onExit = listener;
      },
      kill: () => queueMicrotask(() => child.die()),
    };
  };

  return { launcher, children };
}
