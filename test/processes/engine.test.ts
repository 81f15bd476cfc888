import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EngineState } from '../../electron/contract/domain.ts';
import type { EngineRequest, JudgeReply } from '../../electron/contract/engine.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { startEngine } from '../../electron/engine/startEngine.ts';
import type { EngineOptions } from '../../electron/engine/startEngine.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import { seededRandom } from '../../native-models/random.ts';
import { demoPart, writeSmallDetector } from '../support/smallDetector.ts';
import type { SmallDetector } from '../support/smallDetector.ts';
import { copyFile, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';

let folder: string;
let model: SmallDetector;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-processes-'));
  model = await writeSmallDetector(folder);
  return () => rm(folder, { recursive: true, force: true });
});

const fragile = join(import.meta.dirname, '../support/fragileEngine.ts');

function start(options: Partial<EngineOptions> = {}): EngineClient & { states: EngineState[] } {
  const states: EngineState[] = [];
  const engine = startEngine({
    launcher: nodeLauncher,
    role: 'inspect',
    config: { imagesDir: null, threads: 2, provider: 'cpu' },
    onState: (state) => states.push(state),
    ...options,
  });
  onTestFinished(() => engine.stop());
  return Object.assign(engine, { states });
}

function part(index: number, key = `part ${index}`): EngineRequest<'judge'> {
  return { key, image: demoPart(index), model, keep: 'notOk' };
}

/** As a line does it: several parts under way, answers in order. */
async function judgeLine(engine: EngineClient, count: number, onAnswer: (index: number) => void) {
  const answers: JudgeReply[] = [];
  const timesAnswered = new Array<number>(count).fill(0);
  const underWay: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    if (underWay.length >= engine.busyWith) await underWay.shift();
    underWay.push(
      engine.call('judge', part(index)).then((reply) => {
        answers[index] = reply;
        timesAnswered[index] = (timesAnswered[index] ?? 0) + 1;
        onAnswer(index);
      }),
    );
  }
  await Promise.all(underWay);
  return { answers, timesAnswered };
}

const outcome = ({ verdict, score, imageHash }: JudgeReply) => ({ verdict, score, imageHash });
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('an engine process', () => {
  it('answers every part once, and as if nothing had happened, while it is killed again and again', async () => {
    const count = 300;
    const calm = await judgeLine(start({ spare: false }), count, () => undefined);

    const random = seededRandom(11);
    const engine = start();
    const restartMs: number[] = [];
    let killed: { pid: number; atMs: number } | null = null;
    let nextKill = 20;
    const killSometimes = (index: number) => {
      const { pid } = engine.state;
      if (index < nextKill || pid === null || killed) return;
      nextKill = index + 30 + random.integer(30);
      setTimeout(() => {
        killed = { pid, atMs: performance.now() };
        if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      }, random.uniform() * 30);
    };
    const watching = setInterval(() => {
      if (!killed || engine.state.status !== 'ready' || engine.state.pid === killed.pid) return;
      restartMs.push(performance.now() - killed.atMs);
      killed = null;
    }, 1);
    const stormy = await judgeLine(engine, count, killSometimes);
    clearInterval(watching);

    expect(stormy.timesAnswered).toEqual(new Array(count).fill(1));
    expect(stormy.answers.map(outcome)).toEqual(calm.answers.map(outcome));
    expect(restartMs.length).toBeGreaterThanOrEqual(4);
    process.stderr.write(
      `restarts after SIGKILL, detector loaded, ms: ${restartMs.map((ms) => ms.toFixed(0)).join(' ')}\n`,
    );
  });

  it('is back within a second, with its detector loaded', async () => {
    const engine = start();
    await engine.call('judge', part(0));
    // Long enough for the spare to be up, as it is on any line that has run for a moment.
    await wait(8_000);
    const { pid } = engine.state;
    const startMs = performance.now();
    process.kill(pid as number, 'SIGKILL');
    const reply = await engine.call('judge', part(1));
    const tookMs = performance.now() - startMs;
    expect(reply.error).toBeNull();
    expect(engine.state).toMatchObject({ status: 'ready', restarts: 1 });
    process.stderr.write(`next verdict after SIGKILL: ${tookMs.toFixed(0)} ms\n`);
    expect(tookMs).toBeLessThan(1_000);
  });

  it('gives up the part that kills it twice and judges its neighbours', async () => {
    const engine = start({ modulePath: fragile });
    const answers = await Promise.allSettled(
      [part(0), part(1, 'deadly part'), part(2), part(3)].map((request) => engine.call('judge', request)),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: { kind: 'engineLost' } });
  });

  it('is replaced when it computes without end', async () => {
    const engine = start({ modulePath: fragile, silenceMs: 2_000 });
    await engine.call('judge', part(0));
    const answers = await Promise.allSettled([
      engine.call('judge', part(1, 'endless part')),
      engine.call('judge', part(2)),
    ]);
    expect(answers).toMatchObject([
      { status: 'rejected', reason: { kind: 'engineTimeout' } },
      { status: 'fulfilled' },
    ]);
  });

  it.skipIf(process.platform === 'win32')('is replaced when it stands still', async () => {
    const engine = start({ silenceMs: 2_000 });
    await engine.call('judge', part(0));
    const { pid } = engine.state;
    process.kill(pid as number, 'SIGSTOP');
    const reply = await engine.call('judge', part(1));
    expect(reply.error).toBeNull();
    expect(isAlive(pid as number)).toBe(false);
    expect(engine.states.find(({ status }) => status === 'restarting')?.error?.kind).toBe('engineTimeout');
  });

  it('has opened the models named with a change of its configuration before the change takes effect', async () => {
    const engine = start({ spare: false });
    const own = { ...model, path: join(folder, 'own.onnx') };
    await copyFile(model.path, own.path);
    const models = [{ path: own.path, sha256: own.sha256 }];
    await engine.call('configure', { imagesDir: null, threads: 1, provider: 'cpu', models });
    // What is open already is not read again.
    await rm(own.path);
    const { score, error } = await engine.call('judge', { ...part(0), model: own });
    expect({ score: typeof score, error }).toEqual({ score: 'number', error: null });
  });

  it('leaves no process behind when it is stopped', async () => {
    const engine = start();
    await engine.call('judge', part(0));
    const { pid } = engine.state;
    await wait(3_000);
    await engine.stop();
    expect(isAlive(pid as number)).toBe(false);
  });

  it('ends when its host is killed', async () => {
    const host = spawn(process.execPath, [join(import.meta.dirname, '../support/engineHost.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(host.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    host.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000, interval: 50 });
  });

  it('ends without a word when its host is killed in the middle of parts', async () => {
    // Of ordinary size: the lanes are in the network nearly all the time.
    const path = join(import.meta.dirname, '../../native-models/models/tile.onnx');
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const ordinary = JSON.stringify({ path, sha256, thresholds: { review: 1, ng: 1 } });
    for (let round = 0; round < 3; round++) {
      const program = join(import.meta.dirname, '../support/engineHost.ts');
      const host = spawn(process.execPath, [program, ordinary], { stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      // The engine writes to it too, and so it ends with the engine.
      const ended = once(
        host.stderr.on('data', (chunk: Buffer) => (said += String(chunk))),
        'end',
      );
      await once(host.stdout, 'data');
      host.kill('SIGKILL');
      await ended;
      expect(said).toBe('');
    }
  }, 60_000);

  it.skipIf(process.platform === 'win32')('lets inspection go first when it is for training', async () => {
    const [inspect, train] = [start({ spare: false }), start({ role: 'train' })];
    await Promise.all([inspect.call('ping', {}), train.call('ping', {})]);
    expect(getPriority(train.state.pid as number)).toBeGreaterThan(getPriority(inspect.state.pid as number));
  });

  it.skipIf(process.platform !== 'linux')(
    'does so with every thread it has when it is for training',
    async () => {
      const [inspect, train] = [start({ spare: false }), start({ role: 'train' })];
      await Promise.all([inspect.call('judge', part(0)), train.call('judge', part(0))]);
      const prioritiesOf = async ({ state }: EngineClient) => {
        const threads = await readdir(`/proc/${state.pid}/task`);
        return threads.map((thread) => getPriority(Number(thread)));
      };
      const usual = await prioritiesOf(inspect);
      expect(Math.min(...(await prioritiesOf(train)))).toBeGreaterThan(Math.max(...usual));
    },
  );
});
