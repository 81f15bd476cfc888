import { fileURLToPath } from 'node:url';
import type { EngineState } from '../contract/domain.ts';
import { engineCalls } from '../contract/engine.ts';
import type { EngineCallName, EngineMessage, EngineReply, EngineRequest } from '../contract/engine.ts';
import { KenroError } from '../contract/errors.ts';
import type { ErrorInfo } from '../contract/errors.ts';
import type { ProviderName } from '../contract/providers.ts';
import type { Launcher } from '../platform/launcher.ts';
import type { CallOptions, EngineClient } from './client.ts';
import { loadedModels } from './loadedModels.ts';
import { supervise } from './supervisor.ts';
import { defaultDeadlinesMs, watchdog } from './watchdog.ts';

/** Started over by whoever asked: half an hour of work, or what has just killed a process, is not silently done twice. */
const notRepeated: ReadonlySet<EngineCallName> = new Set([
  ...(['teach', 'teachClassifier', 'train', 'fineTune'] as const),
  ...(['evaluate', 'tryProvider'] as const),
]);
/** Calls under way beyond those that the engine works on, so that it need not wait for the next one. */
const onTheWay = 1;
/** How long an aborted call may take to stop by itself before it is left to its fate. */
const cancelGraceMs = 5_000;
/** A part that a device has not judged by then is judged by the processor: the line cannot wait for a driver. */
const deviceJudgeMs = 10_000;

/** A provider that is not the processor. */
export type DeviceName = Exclude<ProviderName, 'cpu'>;

export interface EngineOptions {
  launcher: Launcher;
  /** `train` runs at low priority, so that it never slows a verdict down. */
  role: 'inspect' | 'train';
  config: EngineRequest<'configure'>;
  onState?: (state: EngineState) => void;
  /** A device has failed, hung or taken the process with it: the processor judges from here on. */
  onFallback?: (provider: DeviceName, error: ErrorInfo) => void;
  /** Entry point of the engine process; where the application is bundled, the bundle's. */
  modulePath?: string;
  /** Keep a second process ready to take over; by default for `inspect`. */
  spare?: boolean;
  /** An engine that says nothing for so long while it has work counts as hung. */
  silenceMs?: number;
  deadlinesMs?: Partial<Record<EngineCallName, number | null>>;
}

interface OpenCall {
  readonly id: number;
  readonly name: EngineCallName;
  readonly request: unknown;
  readonly options: CallOptions;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: KenroError) => void;
  /** Processes that died under this call. A call with one is sent alone. */
  strikes: number;
  ticks: number;
}

/** Starts a supervised engine process. Calls may be made at once; they wait until it is ready. */
export function startEngine(options: EngineOptions): EngineClient {
  const waiting: OpenCall[] = [];
  const underWay = new Map<number, OpenCall>();
  const models = loadedModels();
  let lastId = 0;
  let ready = false;
  let stopped = false;
  let atOnce = 1;
  let { config } = options;
  const deadlinesMs = { ...defaultDeadlinesMs, ...options.deadlinesMs };
  let state: EngineState = { status: 'starting', provider: config.provider, pid: null, restarts: 0 };

  const change = (next: Partial<EngineState>) => {
    const { error, ...rest } = { ...state, ...next };
    // Told only when something changed: 'ready' to 'ready' after each part would flood the page.
    const fresh = error && !('status' in next && next.status === 'ready') ? { ...rest, error } : rest;
    if (JSON.stringify(fresh) === JSON.stringify(state)) return;
    state = fresh;
    options.onState?.(state);
  };

  const showWork = () => {
    const long = [...underWay.values()].some((call) => notRepeated.has(call.name));
    if (ready) change({ status: long ? 'busy' : 'ready' });
  };

  const transmit = (call: OpenCall) => {
    call.ticks = 0;
    underWay.set(call.id, call);
    dog.start();
    supervisor.send({ type: 'call', id: call.id, name: call.name, request: call.request });
  };

  /** A call of our own, ahead of everybody else's and never repeated. */
  const ask = <Name extends EngineCallName>(name: Name, request: EngineRequest<Name>) =>
    new Promise<EngineReply<Name>>((resolve, reject) => {
      const own = resolve as (reply: unknown) => void;
      transmit({ id: ++lastId, name, request, options: {}, resolve: own, reject, strikes: 1, ticks: 0 });
    });

  const pump = () => {
    while (ready && waiting[0]) {
      const alone = waiting[0].strikes > 0 || [...underWay.values()].some((call) => call.strikes > 0);
      if (alone && underWay.size > 0) break;
      transmit(waiting.shift() as OpenCall);
    }
    if (underWay.size === 0) dog.stop();
    showWork();
  };

  const onReady = async (pid: number) => {
    try {
      await ask('configure', config);
      for (const model of models.all()) await reload(model);
      ready = true;
      change({ status: 'ready', pid, restarts: supervisor.restarts });
      pump();
    } catch (thrown) {
      // A process that died is being replaced already; one that cannot be configured is replaced here.
      if (!(thrown instanceof KenroError) || isLoss(thrown.kind) || stopped) return;
      supervisor.replace({ kind: thrown.kind, params: thrown.params, cause: String(thrown.cause) });
    }
  };

  const reload = async (model: EngineRequest<'load'>) => {
    models.forget(model);
    try {
      await ask('load', model);
    } catch (thrown) {
      if (thrown instanceof KenroError && isLoss(thrown.kind)) throw thrown;
      return; // The file has gone bad meanwhile: the next part judged by it says so.
    }
    models.remember(model);
  };

  const onMessage = (message: EngineMessage) => {
    dog.heard();
    if (message.type === 'ready') return;
    const call = underWay.get(message.id);
    if (!call) return; // A ping's reply, or an answer to a call that was given up.
    if (message.type === 'progress') return call.options.onProgress?.(message.progress);

    underWay.delete(message.id);
    if (message.type === 'failure') {
      if (ready) supervisor.succeeded();
      call.reject(KenroError.fromInfo(message.error));
    } else {
      settle(call, message.reply);
    }
    pump();
  };

  const settle = (call: OpenCall, raw: unknown) => {
    const reply = engineCalls[call.name].reply.safeParse(raw);
    if (!reply.success) {
      call.reject(new KenroError('internal', { name: call.name }, { cause: reply.error.message }));
      return;
    }
    if (ready) supervisor.succeeded();
    models.learn(call.name, call.request, reply.data);
    if (call.name === 'configure') configured(call.request, reply.data);
    if (call.name === 'judge' || call.name === 'compareParity') {
      const { deviceError } = reply.data as EngineReply<'judge' | 'compareParity'>;
      if (deviceError && leaveDevice(deviceError)) void ask('configure', config).catch(() => undefined);
    }
    call.resolve(reply.data);
  };

  /** From now on, and for every process that takes over. */
  const configured = (request: unknown, reply: unknown) => {
    config = request as EngineRequest<'configure'>;
    const { provider, atOnce: lanes } = reply as EngineReply<'configure'>;
    atOnce = lanes;
    change({ provider });
  };

  const leaveDevice = (error: ErrorInfo): boolean => {
    const { provider } = config;
    if (provider === 'cpu' || provider === 'auto') return false;
    config = { ...config, provider: 'cpu' };
    options.onFallback?.(provider, error);
    return true;
  };

  const onLost = (error: ErrorInfo) => {
    ready = false;
    dog.stop();
    const lost = [...underWay.values()];
    underWay.clear();
    leaveDevice(error);
    change({ status: 'restarting', pid: null, error });
    for (const call of lost.reverse()) {
      if (call.options.signal?.aborted) call.reject(new KenroError('cancelled'));
      else if (call.strikes > 0 || notRepeated.has(call.name)) call.reject(KenroError.fromInfo(error));
      else waiting.unshift(Object.assign(call, { strikes: 1 }));
    }
    if (supervisor.hopeless) {
      for (const call of waiting.splice(0)) call.reject(KenroError.fromInfo(error));
    }
  };

  const cancel = (call: OpenCall) => {
    const at = waiting.indexOf(call);
    if (at >= 0) {
      waiting.splice(at, 1);
      call.reject(new KenroError('cancelled'));
    } else if (underWay.has(call.id)) {
      supervisor.send({ type: 'cancel', id: call.id });
      setTimeout(() => call.reject(new KenroError('cancelled')), cancelGraceMs).unref();
    }
  };

  const supervisor = supervise({
    launcher: options.launcher,
    modulePath: options.modulePath ?? fileURLToPath(new URL('./process.ts', import.meta.url)),
    args: [`--role=${options.role}`],
    spare: options.spare ?? options.role === 'inspect',
    prepareSpare: () => [
      { type: 'call', id: ++lastId, name: 'configure', request: config },
      ...models.all().map((model) => ({ type: 'call', id: ++lastId, name: 'load', request: model }) as const),
    ],
    onReady: (pid) => void onReady(pid),
    onMessage,
    onLost,
  });

  const dog = watchdog({
    underWay: () => underWay.values(),
    silenceMs: options.silenceMs ?? (options.role === 'train' ? 120_000 : 10_000),
    deadlineMs: (name) => {
      const deadlineMs = deadlinesMs[name];
      const isOnDevice = config.provider !== 'cpu' && name === 'judge';
      return isOnDevice && deadlineMs !== null ? Math.min(deadlineMs, deviceJudgeMs) : deadlineMs;
    },
    ping: () => supervisor.send({ type: 'call', id: ++lastId, name: 'ping', request: {} }),
    onHung: (call, afterMs) =>
      supervisor.replace({ kind: 'engineTimeout', params: { call: call ?? '', afterMs } }),
  });

  supervisor.start();

  return {
    get state() {
      return state;
    },
    get busyWith() {
      return atOnce + onTheWay;
    },
    call: (name, request, callOptions = {}) =>
      new Promise((resolve, reject) => {
        const { signal } = callOptions;
        if (stopped || signal?.aborted) return reject(new KenroError('cancelled'));
        if (!ready && supervisor.hopeless) return reject(KenroError.fromInfo(state.error ?? lostInfo));
        const onAbort = () => cancel(call);
        const done = () => signal?.removeEventListener('abort', onAbort);
        const call: OpenCall = {
          id: ++lastId,
          name,
          request,
          options: callOptions,
          resolve: (reply) => (done(), resolve(reply as EngineReply<typeof name>)),
          reject: (error) => (done(), reject(error)),
          strikes: 0,
          ticks: 0,
        };
        signal?.addEventListener('abort', onAbort);
        waiting.push(call);
        pump();
      }),
    stop: async () => {
      if (stopped) return;
      stopped = true;
      ready = false;
      dog.stop();
      for (const call of [...underWay.values(), ...waiting.splice(0)]) {
        call.reject(new KenroError('cancelled'));
      }
      underWay.clear();
      await supervisor.stop();
      change({ status: 'stopped', pid: null });
    },
  };
}

const lostInfo: ErrorInfo = { kind: 'engineLost', params: {} };

function isLoss(kind: ErrorInfo['kind']): boolean {
  return kind === 'engineLost' || kind === 'engineTimeout';
}
