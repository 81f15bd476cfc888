import { usualCosts, usualFineTune } from '../../../../electron/contract/usualSettings.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineState } from '../../../../electron/contract/domain.ts';
import type { EngineRequest, JudgeReply } from '../../../../electron/contract/engine.ts';
import type { EngineClient } from '../../../../electron/engine/client.ts';
import { startEngine } from '../../../../electron/engine/startEngine.ts';
import type { EngineOptions } from '../../../../electron/engine/startEngine.ts';
import { fakeLauncher } from '../../../support/fakeLauncher.ts';

const hash = 'a'.repeat(64);
const model = { path: '/models/a.onnx', sha256: hash, thresholds: { review: 1, ng: 2 } };

function part(key: string): EngineRequest<'judge'> {
  return { key, image: { from: 'file', path: `/in/${key}.png` }, model, keep: 'notOk' };
}

const judged: JudgeReply = {
  verdict: 'OK',
  score: 0.5,
  label: null,
  map: null,
  imageHash: hash,
  imageKept: false,
  width: 8,
  height: 8,
  decodeMs: 1,
  inferMs: 1,
  error: null,
};

function start(options: Partial<EngineOptions> = {}, obey = true) {
  const { launcher, children } = fakeLauncher(obey);
  const states: EngineState[] = [];
  const engine = startEngine({
    launcher,
    role: 'inspect',
    config: { imagesDir: null, threads: 1, provider: 'cpu' },
    onState: (state) => states.push(state),
    modulePath: 'engine',
    spare: false,
    ...options,
  });
  const child = (at: number) => {
    const found = children[at];
    if (!found) throw new Error(`only ${children.length} processes were started`);
    return found;
  };
  return { engine, children, child, states };
}

function startOnDevice() {
  const failures: [provider: string, kind: string][] = [];
  const started = start({
    config: { imagesDir: null, threads: 1, provider: 'webgpu' },
    onFallback: (provider, { kind }) => failures.push([provider, kind]),
  });
  return { ...started, failures };
}

/** Lets promises and timers that are due run. */
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const keysSent = (received: { type: string }[]) =>
  received.flatMap((message) => {
    const call = message as { name?: string; request?: { key: string } };
    return call.name === 'judge' && call.request ? [call.request.key] : [];
  });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('startEngine', () => {
  it('holds calls until the process is configured, then sends several at once', async () => {
    const { engine, child, states } = start();
    const answers = Promise.all([engine.call('judge', part('a')), engine.call('judge', part('b'))]);
    expect(child(0).received).toEqual([]);
    await settle();
    expect(child(0).received.map((m) => m.type === 'call' && m.name)).toEqual([
      'configure',
      'judge',
      'judge',
    ]);
    expect(engine.state).toEqual({ status: 'ready', provider: 'cpu', pid: 1000, restarts: 0 });
    for (const message of child(0).received.slice(1)) {
      child(0).say({ type: 'reply', id: (message as { id: number }).id, reply: judged });
    }
    expect(await answers).toEqual([judged, judged]);
    expect(states).toHaveLength(1);
    await engine.stop();
  });

  it('passes a failure on with kind, params and cause', async () => {
    const { engine, child } = start();
    const answer = engine.call('card', { path: '/x.onnx' });
    const expectation = expect(answer).rejects.toMatchObject({
      kind: 'modelMissing',
      params: { file: '/x.onnx' },
      cause: 'ENOENT',
    });
    await settle();
    const error = { kind: 'modelMissing', params: { file: '/x.onnx' }, cause: 'ENOENT' } as const;
    child(0).say({ type: 'failure', id: child(0).sent('card').id, error });
    await expectation;
    await engine.stop();
  });

  it('calls a reply that breaks the contract an internal error', async () => {
    const { engine, child } = start();
    const answer = engine.call('judge', part('a'));
    const expectation = expect(answer).rejects.toMatchObject({ kind: 'internal' });
    await settle();
    child(0).reply('judge', { ...judged, verdict: 'MAYBE' });
    await expectation;
    await engine.stop();
  });

  it('restarts at once and judges the lost parts again, one at a time, before newer ones', async () => {
    const { engine, child, children } = start();
    const answers = ['a', 'b'].map((key) => engine.call('judge', part(key)));
    await settle();
    child(0).die();
    expect(engine.state).toMatchObject({ status: 'restarting', pid: null, error: { kind: 'engineLost' } });
    answers.push(engine.call('judge', part('c')));
    await settle();
    expect(children).toHaveLength(2);
    expect(keysSent(child(1).received)).toEqual(['a']);
    child(1).reply('judge', judged);
    await settle();
    expect(keysSent(child(1).received)).toEqual(['a', 'b']);
    child(1).reply('judge', judged);
    await settle();
    expect(keysSent(child(1).received)).toEqual(['a', 'b', 'c']);
    child(1).reply('judge', judged);
    expect(await Promise.all(answers)).toEqual([judged, judged, judged]);
    expect(engine.state).toEqual({ status: 'ready', provider: 'cpu', pid: 1001, restarts: 1 });
    await engine.stop();
  });

  it('gives up the part that kills two processes and spares its neighbour', async () => {
    const { engine, child } = start();
    const neighbour = engine.call('judge', part('neighbour'));
    const killer = engine.call('judge', part('killer'));
    const refused = expect(killer).rejects.toMatchObject({ kind: 'engineLost' });
    await settle();
    child(0).die();
    await settle();
    child(1).reply('judge', judged);
    expect(await neighbour).toEqual(judged);
    await settle();
    expect(keysSent(child(1).received)).toEqual(['neighbour', 'killer']);
    child(1).die();
    await refused;
    await engine.stop();
  });

  it('opens the detectors in use again before the next part', async () => {
    const { engine, child } = start();
    const answer = engine.call('judge', part('a'));
    await settle();
    child(0).reply('judge', judged);
    await answer;
    child(0).die();
    const next = engine.call('judge', part('b'));
    await settle();
    expect(child(1).received.map((m) => m.type === 'call' && m.name)).toEqual(['configure', 'load', 'judge']);
    expect(child(1).sent('load').request).toEqual({ path: model.path, sha256: hash });
    child(1).reply('judge', judged);
    await next;
    await engine.stop();
  });

  it('does not open a detector again that killed the process while being opened', async () => {
    const { engine, child, children } = start({}, false);
    await settle();
    child(0).reply('configure', { provider: 'cpu', pid: 1, atOnce: 1 });
    await settle();
    const loaded = engine.call('load', { path: model.path, sha256: hash });
    await settle();
    child(0).reply('load', { card: null, warmUpMs: 1 });
    await loaded;
    child(0).die();
    await settle();
    child(1).reply('configure', { provider: 'cpu', pid: 1, atOnce: 1 });
    await settle();
    child(1).sent('load');
    child(1).die();
    await settle(200);
    expect(children).toHaveLength(3);
    child(2).reply('configure', { provider: 'cpu', pid: 1, atOnce: 1 });
    await settle();
    expect(child(2).received).toHaveLength(1);
    expect(engine.state.status).toBe('ready');
    await engine.stop();
  });

  it('keeps a spare process, which takes over at once', async () => {
    const { engine, child, children } = start({ spare: true });
    const answer = engine.call('judge', part('a'));
    await settle();
    child(0).reply('judge', judged);
    await answer;
    expect(children).toHaveLength(1);
    await settle(2_000);
    expect(children).toHaveLength(2);
    const said = (at: number) => child(at).received.map((message) => message.type === 'call' && message.name);
    expect(said(1)).toEqual(['configure', 'load']);

    child(0).die();
    await settle();
    expect(children).toHaveLength(2);
    expect(engine.state).toEqual({ status: 'ready', provider: 'cpu', pid: 1001, restarts: 1 });
    const next = engine.call('judge', part('b'));
    child(1).reply('judge', judged);
    await next;
    await settle(2_000);
    expect(children).toHaveLength(3);
    await engine.stop();
    expect(children.map(({ alive }) => alive)).toEqual([false, false, false]);
  });

  it('does without a spare that dies, until there is work again', async () => {
    const { engine, child, children, states } = start({ spare: true });
    const judge = async (key: string) => {
      const answer = engine.call('judge', part(key));
      await settle();
      child(0).reply('judge', judged);
      await answer;
    };
    await judge('a');
    await settle(2_000);
    child(1).die();
    await settle(60_000);
    expect(children).toHaveLength(2);
    expect(states.map(({ status }) => status)).toEqual(['ready']);
    await judge('b');
    await settle(2_000);
    expect(children).toHaveLength(3);
    await engine.stop();
  });

  const evaluate: EngineRequest<'evaluate'> = {
    model: '/a.onnx',
    images: [{ path: '/a.png', label: 'ok', group: null }],
    thresholds: null,
    corruptions: [],
    attacks: null,
    site: { clean: 1 },
    costs: usualCosts,
    run: null,
    batch: 16,
    seed: 0,
  };
  const fineTune: EngineRequest<'fineTune'> = {
    model: '/a.onnx',
    images: [{ path: '/a.png', label: 'ok', split: null, group: null, weight: 1 }],
    corrected: [],
    settings: usualFineTune,
    cacheMb: 1,
    out: '/run',
    resume: false,
  };

  it.each<[string, (engine: EngineClient) => Promise<unknown>]>([
    ['measuring', (engine) => engine.call('evaluate', evaluate)],
    ['fine-tuning', (engine) => engine.call('fineTune', fineTune)],
  ])('never repeats %s by itself', async (_name, call) => {
    const { engine, child } = start({ role: 'train' });
    expect(child(0).args).toEqual(['--role=train']);
    const answer = call(engine);
    const lost = expect(answer).rejects.toMatchObject({ kind: 'engineLost' });
    await settle();
    expect(engine.state.status).toBe('busy');
    child(0).die();
    await lost;
    await engine.stop();
  });

  it('waits longer after each start that leads to nothing, and keeps nobody waiting for a hopeless one', async () => {
    const { engine, child, children } = start({}, false);
    const answer = engine.call('judge', part('a'));
    const lost = expect(answer).rejects.toMatchObject({ kind: 'engineLost' });
    for (const [at, waitMs] of [0, 100, 200, 400].entries()) {
      await settle();
      child(at).die('exit code 1');
      if (waitMs > 0) {
        await settle(waitMs - 1);
        expect(children).toHaveLength(at + 1);
      }
      await settle(1);
      expect(children).toHaveLength(at + 2);
    }
    await lost;
    await expect(engine.call('judge', part('b'))).rejects.toMatchObject({ kind: 'engineLost' });
    await engine.stop();
  });

  it('kills an engine that has fallen silent under a part', async () => {
    const { engine, child } = start({ silenceMs: 2_000 });
    const answer = engine.call('judge', part('a'));
    const hung = expect(answer).rejects.toMatchObject({ kind: 'engineTimeout' });
    await settle(1_900);
    expect(child(0).alive).toBe(true);
    expect(child(0).sent('ping')).toBeDefined();
    await settle(700);
    expect(child(0).alive).toBe(false);
    await settle(2_600);
    expect(child(1).alive).toBe(false);
    await hung;
    await engine.stop();
  });

  it('kills an engine that answers pings but not the call', async () => {
    const { engine, child } = start({ deadlinesMs: { judge: 3_000 } });
    const answer = engine.call('judge', part('a'));
    void answer.catch(() => undefined);
    for (let second = 0; second < 4; second++) {
      await settle(1_000);
      if (child(0).alive) child(0).reply('ping', { rssBytes: 1 });
    }
    expect(child(0).alive).toBe(false);
    await engine.stop();
  });

  it('has the processor judge after a device has taken the process with it, and judges the part again', async () => {
    const { engine, child, failures } = startOnDevice();
    const answer = engine.call('judge', part('a'));
    await settle();
    child(0).die();
    await settle(1);
    expect(child(1).sent('configure').request).toMatchObject({ provider: 'cpu' });
    child(1).reply('judge', judged);
    expect(await answer).toEqual(judged);
    expect(failures).toEqual([['webgpu', 'engineLost']]);
    await engine.stop();
  });

  it('leaves a device that hangs after ten seconds', async () => {
    const { engine, child, failures } = startOnDevice();
    const answer = engine.call('judge', part('a'));
    for (let second = 0; second < 11; second++) {
      await settle(1_000);
      if (child(0).alive) child(0).reply('ping', { rssBytes: 1 });
    }
    await settle(1);
    child(1).reply('judge', judged);
    expect(await answer).toEqual(judged);
    expect(failures).toEqual([['webgpu', 'engineTimeout']]);
    await engine.stop();
  });

  it('leaves a device that could not score a part, whose verdict stands', async () => {
    const { engine, child, failures } = startOnDevice();
    const answer = engine.call('judge', part('a'));
    await settle();
    child(0).reply('judge', { ...judged, deviceError: { kind: 'outputNotFinite', params: {} } });
    expect(await answer).toMatchObject({ verdict: 'OK' });
    expect(child(0).sent('configure').request).toMatchObject({ provider: 'cpu' });
    expect(failures).toEqual([['webgpu', 'outputNotFinite']]);
    await engine.stop();
  });

  it('does not call an idle engine hung', async () => {
    const { engine, child } = start({ silenceMs: 1_000 });
    await settle(60_000);
    expect(child(0).alive).toBe(true);
    await engine.stop();
  });

  it('cancels a call that waits, and tells the engine about one under way', async () => {
    const { engine, child } = start();
    const abort = new AbortController();
    const waiting = engine.call('judge', part('a'), { signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
    await settle();
    expect(keysSent(child(0).received)).toEqual([]);

    const second = new AbortController();
    const underWay = engine.call('judge', part('b'), { signal: second.signal });
    const cancelled = expect(underWay).rejects.toMatchObject({ kind: 'cancelled' });
    await settle();
    second.abort();
    expect(child(0).received.at(-1)).toEqual({ type: 'cancel', id: child(0).sent('judge').id });
    child(0).say({
      type: 'failure',
      id: child(0).sent('judge').id,
      error: { kind: 'cancelled', params: {} },
    });
    await cancelled;
    await engine.stop();
  });

  it('reports progress', async () => {
    const { engine, child } = start();
    const seen: unknown[] = [];
    const answer = engine.call('card', { path: '/a' }, { onProgress: (progress) => seen.push(progress) });
    await settle();
    const { id } = child(0).sent('card');
    child(0).say({ type: 'progress', id, progress: { stage: 'features', done: 1, total: 2 } });
    child(0).reply('card', { card: null, sha256: hash });
    await answer;
    expect(seen).toEqual([{ stage: 'features', done: 1, total: 2 }]);
    await engine.stop();
  });

  it('stops: rejects what is open, ends the process and starts no other', async () => {
    const { engine, child, children } = start();
    const answer = engine.call('judge', part('a'));
    const cancelled = expect(answer).rejects.toMatchObject({ kind: 'cancelled' });
    await settle();
    await engine.stop();
    await cancelled;
    await settle(20_000);
    expect(child(0).alive).toBe(false);
    expect(children).toHaveLength(1);
    expect(engine.state.status).toBe('stopped');
    await expect(engine.call('ping', {})).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
