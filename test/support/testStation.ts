import { mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ChannelName, ReplyOf, RequestOf } from '../../electron/contract/channels.ts';
import type { Preprocess } from '../../electron/contract/domain.ts';
import type { EventName, EventOf } from '../../electron/contract/events.ts';
import { KenroError } from '../../electron/contract/errors.ts';
import { systemClock, type Clock } from '../../electron/platform/clock.ts';
import type { Log } from '../../electron/platform/log.ts';
import type { PrintPdf } from '../../electron/report/renderAs.ts';
import { createDispatch } from '../../electron/station/dispatch.ts';
import { startStation, type Station } from '../../electron/station/station.ts';
import { seededRandom } from '../../native-models/random.ts';
import { fakeEngine, type FakeEngine } from './fakeEngine.ts';
import { temporaryFolder } from './temporaryFolder.ts';

/** One page of a station. */
export interface TestPage {
  /** As a page calls: both sides are checked by their schemas. Rejects with the error of the outcome. */
  call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<ReplyOf<Name>>;
  /** What it alone was told. */
  told: { name: EventName; payload: unknown }[];
  close(): void;
}

export interface TestStation {
  station: Station;
  dataDir: string;
  inspect: FakeEngine;
  train: FakeEngine;
  events: { name: EventName; payload: unknown }[];
  /** Lines of the log at `warn` and `error`. */
  complaints: string[];
  /** One more page. */
  openPage(): TestPage;
  /** From the page that is open from the start. */
  call: TestPage['call'];
  told<Name extends EventName>(name: Name): EventOf<Name>[];
}

export interface TestStationOptions {
  dataDir?: string;
  starterDir?: string;
  clock?: Clock;
  /** How the shell prints; when not said, a text with the page behind it. */
  printPdf?: PrintPdf;
  /** Sets the fakes up before the station uses them. */
  prepare?: (engines: { inspect: FakeEngine; train: FakeEngine }) => void;
}

/** A station over a real store and real files, with engines in memory. Stopped when the test is over. */
export async function testStation(options: TestStationOptions = {}): Promise<TestStation> {
  const dataDir = options.dataDir ?? join(await temporaryFolder(), 'data');
  const events: TestStation['events'] = [];
  const complaints: string[] = [];
  const complain = (message: string, detail?: unknown) => complaints.push(`${message}: ${String(detail)}`);
  const log: Log = { info: () => undefined, warn: complain, error: complain };
  const random = seededRandom(1);
  const engines: Partial<Record<'inspect' | 'train', FakeEngine>> = {};
  const train = fakeEngine();
  const station = await startStation({
    dataDir,
    version: '1.2.3',
    shell: 'browser',
    clock: options.clock ?? systemClock,
    random: () => random.uniform(),
    launcher: () => {
      throw new Error('no process is started in this test');
    },
    starterDir: options.starterDir ?? join(dataDir, 'no starter'),
    handbookDir: join(dataDir, 'no handbook'),
    log,
    emit: (name, payload) => events.push({ name, payload }),
    printPdf: options.printPdf ?? (async (page) => new TextEncoder().encode(`%PDF ${page}`)),
    startEngine: (role, onState) => {
      if (role === 'train') return train;
      const inspect = fakeEngine({}, onState);
      engines.inspect = inspect;
      options.prepare?.({ inspect, train });
      return inspect;
    },
  });
  onTestFinished(() => station.stop());
  const openPage = (): TestPage => {
    const told: TestPage['told'] = [];
    const page = station.openPage((name, payload) => told.push({ name, payload }));
    const dispatch = createDispatch(
      station.handlers,
      (name, thrown) => complain(`bug in ${name}`, thrown),
      page,
    );
    const call: TestPage['call'] = async (name, request) => {
      const outcome = await dispatch(name, request);
      if (!outcome.ok) throw KenroError.fromInfo(outcome.error);
      return outcome.reply as ReplyOf<typeof name>;
    };
    return { call, told, close: () => page.close() };
  };
  return {
    station,
    dataDir,
    inspect: engines.inspect as FakeEngine,
    train,
    events,
    complaints,
    openPage,
    call: openPage().call,
    told: <Name extends EventName>(name: Name) =>
      events.filter((event) => event.name === name).map(({ payload }) => payload as EventOf<Name>),
  };
}

export const testPreprocess: Preprocess = {
  order: 'RGB',
  size: [224, 224],
  mean: [0, 0, 0],
  std: [1, 1, 1],
  scale: 1,
  normalise: 'none',
};

/** A folder of shipped models as a release has it: one backbone and a detector for each demo part. */
export async function testStarter(): Promise<string> {
  const folder = join(await temporaryFolder(), 'starter');
  await mkdir(folder);
  const write = async (file: string) => {
    await writeFile(join(folder, file), `content of ${file}`);
    return { file, sha256: sha256(`content of ${file}`), name: file };
  };
  const backbones = [{ ...(await write('bank.onnx')), preprocess: testPreprocess, features: ['f4', 'f8'] }];
  const detectors = [];
  for (const part of ['disc', 'tile', 'label']) detectors.push({ ...(await write(`${part}.onnx`)), part });
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ backbones, detectors }));
  return folder;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Has the fakes read cards of detectors. */
export function withCards({ inspect }: { inspect: FakeEngine }): void {
  inspect.handle('card', () => ({
    sha256: sha256('unused'),
    card: {
      kind: 'anomaly',
      preprocess: testPreprocess,
      thresholds: { review: 0.5, ng: 0.7 },
      thresholdInterval: [0.6, 0.8],
      backbone: 'bank',
      features: ['f4'],
      goodImages: 30,
      ngImages: 0,
      memory: 500,
      seed: 1,
    },
  }));
}
