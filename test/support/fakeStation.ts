import type { Bridge } from '../../electron/contract/bridge.ts';
import type { ChannelName, Outcome, ReplyOf, RequestOf, Snapshot } from '../../electron/contract/channels.ts';
import type { AnomalyMap, AuditEntry, Counters, Inspection } from '../../electron/contract/domain.ts';
import type { Job } from '../../electron/contract/jobs.ts';
import type { Person, SessionState } from '../../electron/contract/people.ts';
import type { ErrorInfo } from '../../electron/contract/errors.ts';
import type { EventName, EventOf } from '../../electron/contract/events.ts';
import type { HistoryFilter } from '../../electron/contract/history.ts';
import type { UpdateState } from '../../electron/contract/updates.ts';
import { decide, type Thresholds } from '../../electron/contract/verdict.ts';
import { seededRandom } from '../../native-models/random.ts';
import { fakeFolder, fakeNetwork, fakeSnapshot, startMs } from './fakeSnapshot.ts';

const mapSide = 28;
/** Opens for everybody. */
export const fakeSecret = '482915';
export const fakeRecoveryCode = '01234-56789-ABCDE-FGHJK-MNPQR';

type Handlers = { [Name in ChannelName]: (request: RequestOf<Name>) => ReplyOf<Name> | ErrorInfo };

/** Of an audit sample that nobody has looked at. */
const noEscapes = { share: null, covered: 0, passed: 0, judged: 0, escapes: 0, known: 0, effectiveSize: 0 };

/**
 * A station made of seeded random numbers that answers every call of the contract; what page and screens are
 * developed and tested against without any process.
 */
export class FakeStation implements Bridge {
  readonly #random = seededRandom(7);
  readonly #listeners = new Map<string, Set<(payload: never) => void>>();
  readonly #connectionListeners = new Set<(connected: boolean) => void>();
  #putOff: number[] = [];
  readonly #audit: AuditEntry[] = [];
  readonly snapshot: Snapshot;
  /** Everything on record, oldest first. */
  readonly parts: Inspection[] = [];
  /** Every call, as it came. */
  readonly calls: { name: ChannelName; request: unknown }[] = [];
  /** Share of defective parts, as the record tells it. */
  defectRate: number | null = 0.034;
  /** Errors the next calls of a name are answered with. */
  readonly failures = new Map<ChannelName, ErrorInfo>();
  connected = true;
  #gate: Promise<void> | null = null;

  constructor(parts = 400) {
    this.snapshot = fakeSnapshot();
    for (let index = 0; index < parts; index++) this.parts.push(this.#makePart());
    this.#refresh();
  }

  async call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<Outcome<Name>> {
    this.calls.push({ name, request });
    if (name !== 'station.snapshot') await this.#gate;
    const failure = this.connected ? this.failures.get(name) : ({ kind: 'engineLost', params: {} } as const);
    if (failure !== undefined) return { ok: false, error: failure };
    const handler: (request: RequestOf<Name>) => ReplyOf<Name> | ErrorInfo = this.#handlers[name];
    const reply = handler(request);
    if (isError(reply)) return { ok: false, error: reply };
    return { ok: true, reply: structuredClone(reply) };
  }

  on<Name extends EventName>(name: Name, listener: (payload: EventOf<Name>) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as (payload: never) => void);
    return () => listeners.delete(listener as (payload: never) => void);
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#connectionListeners.add(listener);
    listener(this.connected);
    return () => this.#connectionListeners.delete(listener);
  }

  setConnected(connected: boolean): void {
    this.connected = connected;
    for (const listener of this.#connectionListeners) listener(connected);
  }

  emit<Name extends EventName>(name: Name, payload: EventOf<Name>): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(structuredClone(payload) as never);
  }

  /** From now on no call is answered, the first look aside, until the returned function is called. */
  hold(): () => void {
    let open = () => {};
    this.#gate = new Promise((resolve) => (open = resolve));
    return () => {
      this.#gate = null;
      open();
    };
  }

  /** Lets parts go by. */
  judge(count = 1, overrides: Partial<Inspection> = {}): Inspection[] {
    const inspections: Inspection[] = [];
    for (let index = 0; index < count; index++) {
      const part = { ...this.#makePart(), ...overrides };
      this.parts.push(part);
      inspections.push(part);
    }
    this.#refresh();
    const { latest, counters, performance } = this.snapshot;
    if (latest !== null) this.emit('parts.judged', { inspections, latest, counters, performance });
    return inspections;
  }

  /** Changes a job and tells it. */
  setJob(job: Job): void {
    this.snapshot.jobs = [...this.snapshot.jobs.filter(({ id }) => id !== job.id), job];
    this.emit('job.changed', job);
  }

  /** A map with one warm spot, where the picture of the part has its flaw. */
  static map(part: Inspection): AnomalyMap {
    const bytes = new Uint8Array(mapSide * mapSide);
    const [x, y] = flawAt(part.id);
    for (let index = 0; index < bytes.length; index++) {
      const dx = (index % mapSide) / mapSide - x;
      const dy = Math.floor(index / mapSide) / mapSide - y;
      bytes[index] = Math.round(255 * (0.25 + 0.75 * Math.exp(-(dx * dx + dy * dy) / 0.012)));
    }
    return {
      width: mapSide,
      height: mapSide,
      low: 0,
      high: part.score ?? 1,
      data: btoa(String.fromCharCode(...bytes)),
    };
  }

  #enter(personId: number | null): SessionState {
    const { snapshot } = this;
    const role = snapshot.people.find(({ id }) => id === personId)?.role;
    const everybody = snapshot.people.length === 0 ? 'admin' : 'operator';
    snapshot.session = { personId, role: role ?? everybody };
    this.emit('session.changed', snapshot.session);
    return snapshot.session;
  }

  #addPerson(given: Pick<Person, 'name' | 'role' | 'secretKind'>): Person {
    const person = { ...given, id: this.snapshot.people.length + 1, active: true, createdMs: startMs };
    this.#setPeople([...this.snapshot.people, person]);
    return person;
  }

  #changePerson(id: number, change: Partial<Person>): Person {
    this.#setPeople(this.snapshot.people.map((each) => (each.id === id ? { ...each, ...change } : each)));
    return this.snapshot.people.find((each) => each.id === id)!;
  }

  #setPeople(people: Person[]): void {
    this.snapshot.people = people;
    this.emit('people.changed', people);
  }

  #makePart(): Inspection {
    const id = this.parts.length + 1;
    const thresholds = { review: 0.56, ng: 0.61 };
    const kind = this.#random.uniform();
    const score = kind > 0.95 ? 0.62 + this.#random.uniform() * 0.3 : 0.28 + this.#random.uniform() * 0.3;
    const broken = id % 97 === 0;
    const verdict = broken
      ? 'REVIEW'
      : score >= thresholds.ng
        ? 'NG'
        : score < thresholds.review
          ? 'OK'
          : 'REVIEW';
    return {
      id,
      timeMs: startMs + id * 1900,
      productId: 1,
      sourceId: 1,
      lot: 'L-2611',
      serial: '',
      origin: String(id),
      arm: 'production',
      modelId: 1,
      patchHash: null,
      score: broken ? null : score,
      thresholds,
      verdict,
      reason: broken ? 'imageUnreadable' : null,
      label: null,
      votes: null,
      radius: null,
      latency: { waitMs: 1, decodeMs: 8, inferMs: 26 + this.#random.uniform() * 10, smoothMs: 0, storeMs: 1 },
      imageHash: null,
      imageKept: true,
      imageWidth: 512,
      imageHeight: 512,
      human: null,
    };
  }

  #refresh(): void {
    const { snapshot } = this;
    snapshot.recent = this.parts.slice(-300);
    const last = this.parts.at(-1);
    snapshot.latest = last === undefined ? null : { inspection: last, map: FakeStation.map(last) };
    snapshot.nowMs = last?.timeMs ?? startMs;
    snapshot.counters = count(this.parts);
    const spent = this.parts.slice(-300).map(({ latency }) => latency.decodeMs + latency.inferMs + 2);
    const sorted = spent.toSorted((one, other) => one - other);
    snapshot.performance = {
      nowMs: spent.at(-1) ?? null,
      averageMs: spent.length === 0 ? null : spent.reduce((sum, ms) => sum + ms, 0) / spent.length,
      p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? null,
      maxMs: sorted.at(-1) ?? null,
      partsPerMinute: spent.length === 0 ? 0 : 31.4,
    };
  }

  #retrain(kind: 'plan' | 'retrain', request: RequestOf<'retrain.start'>): Job {
    const job: Job = {
      id: `${kind}-${this.calls.length}`,
      kind,
      title: request.name,
      productId: request.parts.productId,
      stage: 'read',
      done: 0,
      total: 0,
      startedMs: this.snapshot.nowMs,
      state: 'running',
      retrain: {
        request: { ...request, leftOut: request.leftOut ?? [] },
        plan: null,
        screening: null,
        current: null,
        epochs: [],
        isPaused: false,
        result: null,
        comparisons: [],
      },
      skipped: [],
    };
    this.setJob(job);
    return job;
  }

  #part(id: number): Inspection | undefined {
    return this.parts.find((part) => part.id === id);
  }

  #say(id: number, human: Inspection['human']): Inspection | ErrorInfo {
    const part = this.#part(id);
    if (part === undefined) return { kind: 'notFound', params: { what: `#${id}` } };
    part.human = human;
    this.#refresh();
    this.emit('part.changed', { inspection: part, counters: this.snapshot.counters });
    return part;
  }

  #change<Key extends 'products' | 'sources' | 'models' | 'backbones'>(
    key: Key,
    id: number,
    change: Partial<Snapshot[Key][number]>,
  ): Snapshot[Key][number] {
    const list: { id: number }[] = this.snapshot[key];
    const at = list.findIndex((item) => item.id === id);
    const changed = { ...list[at], ...change } as Snapshot[Key][number];
    list[at] = changed;
    this.emit(`${key}.changed`, this.snapshot[key] as never);
    return changed;
  }

  #remove(key: 'products' | 'sources' | 'models' | 'backbones', id: number): Record<string, never> {
    const { snapshot } = this;
    const list: { id: number }[] = snapshot[key];
    list.splice(
      list.findIndex((item) => item.id === id),
      1,
    );
    this.emit(`${key}.changed`, snapshot[key] as never);
    return {};
  }

  #add<Key extends 'products' | 'sources' | 'backbones'>(
    key: Key,
    item: Omit<Snapshot[Key][number], 'id' | 'createdMs'>,
  ): Snapshot[Key][number] {
    const list: { id: number }[] = this.snapshot[key];
    const added = {
      ...item,
      id: Math.max(0, ...list.map(({ id }) => id)) + 1,
      createdMs: this.snapshot.nowMs,
    } as Snapshot[Key][number];
    list.push(added);
    this.emit(`${key}.changed`, this.snapshot[key] as never);
    return added;
  }

  #teach({ name, productId }: { name: string; productId: number }): Job {
    const job: Job = {
      id: `teach-${this.calls.length}`,
      kind: 'teach',
      title: name,
      productId,
      stage: 'collect',
      done: 0,
      total: 0,
      startedMs: this.snapshot.nowMs,
      state: 'running',
      skipped: [],
    };
    this.setJob(job);
    return job;
  }

  update: UpdateState = {
    version: '0.2.0',
    obstacle: null,
    previous: {
      ...{ version: '0.1.0', sizeBytes: 149e6, step: 'older', byHand: null },
      restoredFromMs: startMs - 86_400_000,
    },
  };

  #keeping(kind: Job['kind']): Job {
    const job: Job = {
      ...{ id: `${kind}-1`, kind, title: '/backup', productId: null, stage: 'copy', done: 1, total: 1 },
      startedMs: this.snapshot.nowMs,
      state: 'done',
      skipped: [],
    };
    this.setJob(job);
    return job;
  }

  #handlers: Handlers = {
    'station.snapshot': () => this.snapshot,
    'settings.change': (change) => {
      Object.assign(this.snapshot.settings, change);
      this.emit('settings.changed', this.snapshot.settings);
      return this.snapshot.settings;
    },
    'provider.measure': () => this.snapshot.provider,
    'product.add': ({ name }) => this.#add('products', { name, activeModelId: null }),
    'product.rename': ({ id, name }) => this.#change('products', id, { name }),
    'product.remove': ({ id }) => this.#remove('products', id),
    'product.smoothing': ({ id, smoothing }) =>
      this.#change('products', id, { smoothing: smoothing ?? undefined }),
    'product.looks': () => ({ parts: 0, firstLook: 0, looks: 0 }),
    'product.noise': ({ smoothing, index }) => ({
      partId: index + 1,
      ...{ plain: 'AA==', noisy: btoa(String(smoothing.sigma)), fewestLooks: 14 },
    }),
    'source.add': (request) => {
      const source = this.#add('sources', { ...request, paused: false });
      this.snapshot.sourceStates.push({ sourceId: source.id, status: 'running', pending: 0 });
      this.emit('sourceStates.changed', this.snapshot.sourceStates);
      return source;
    },
    'source.change': ({ id, ...change }) => {
      const source = this.#change('sources', id, change as Partial<Snapshot['sources'][number]>);
      const state = this.snapshot.sourceStates.find(({ sourceId }) => sourceId === id);
      if (state !== undefined) state.status = source.paused ? 'paused' : 'running';
      this.emit('sourceStates.changed', this.snapshot.sourceStates);
      return source;
    },
    'source.disturb': ({ id, disturbances }) => {
      const source = this.snapshot.sources.find((each) => each.id === id);
      if (source?.config.kind !== 'demo') return { kind: 'notFound', params: { what: `#${id}` } };
      return this.#change('sources', id, { config: { ...source.config, disturbances } });
    },
    'source.remove': ({ id }) => this.#remove('sources', id),
    'camera.frame': ({ sourceId, serial }) => {
      this.judge(1, { sourceId, serial });
      return {};
    },
    'folder.list': ({ path, files }) => fakeFolder(path ?? '/home/line', files),
    'backup.status': () => ({ sets: [], localMs: [], nextMs: null, error: null, check: null }),
    'backup.make': () => this.#keeping('backup'),
    'backup.check': () => this.#keeping('backupCheck'),
    'backup.restore': () => this.#keeping('restore'),
    'backup.checkDatabase': () => this.#keeping('databaseCheck'),
    'storage.forecast': () => ({
      ...{ freeBytes: 4e11, databaseBytes: 2e9, pictures: 12_000, pictureBytes: 3e9, okPictures: 8_000 },
      ...{ partsADay: 40_000, bytesADay: 2e8, daysLeft: 2_000 },
    }),
    'product.export': () => this.#keeping('productExport'),
    'product.import': () => this.#keeping('productImport'),
    'product.importUntrusted': () => this.#keeping('productImport'),
    'update.state': () => this.update,
    'update.look': ({ path }) =>
      path.includes('forged')
        ? { kind: 'updateNotTrusted', params: { file: path } }
        : { version: '0.3.0', sizeBytes: 151e6, step: 'newer', restoredFromMs: null, byHand: 'deb' },
    'update.install': ({ path }) =>
      path === null
        ? { version: '0.1.0', installer: null }
        : { version: '0.3.0', installer: '/home/line/Kenro/updates/install/kenro_0.3.0.deb' },
    'backbone.describe': ({ path }) => fakeNetwork(path),
    'backbone.import': ({ name, preprocess, features }) =>
      this.#add('backbones', {
        name,
        features,
        preprocess: { ...preprocess, normalise: preprocess.normalise ?? 'none' },
        builtIn: false,
        sha256: '9'.repeat(64),
      }),
    'backbone.remove': ({ id }) => this.#remove('backbones', id),
    'model.activate': ({ id }) => {
      const model = this.snapshot.models.find((each) => each.id === id);
      if (model === undefined) return { kind: 'notFound', params: { what: `#${id}` } };
      return this.#change('products', model.productId, { activeModelId: id });
    },
    'model.rename': ({ id, name }) => this.#change('models', id, { name }),
    'model.thresholds': ({ id, thresholds }) => this.#change('models', id, { thresholds }),
    'model.remove': ({ id }) => this.#remove('models', id),
    'drift.report': () => ({ watch: null, alarms: [] }),
    'drift.acknowledge': () => ({ watch: null, alarms: [] }),
    'drift.reset': () => ({ watch: null, alarms: [] }),
    'thresholds.scores': () => ({ bins: fakeBins, unscored: 1, ownType: 0 }),
    'thresholds.replay': ({ thresholds }) => fakeReplay(thresholds),
    'thresholds.weigh': () => fakeWeighed,
    'thresholds.apply': ({ id, from, to }) =>
      this.#change('models', id, { thresholds: to, previousThresholds: from }),
    'thresholds.undo': ({ id, to }) => {
      const previousThresholds = this.snapshot.models.find((each) => each.id === id)?.thresholds;
      if (previousThresholds === undefined) return { kind: 'notFound', params: { what: `#${id}` } };
      return this.#change('models', id, { thresholds: to, previousThresholds });
    },
    'key.list': () => ({ keys: [], folder: '/keys' }),
    'key.make': () => ({ kind: 'notFound', params: { what: 'key' } }),
    'key.add': () => ({ kind: 'notFound', params: { what: 'key' } }),
    'key.revoke': () => ({ kind: 'notFound', params: { what: 'key' } }),
    'model.probe': () => ({ kind: 'notFound', params: { what: 'job' } }),
    'model.sign': () => ({ kind: 'notFound', params: { what: 'model' } }),
    'model.trust': () => ({ kind: 'notFound', params: { what: 'model' } }),
    'teach.start': (request) => this.#teach(request),
    'teach.screen': () => ({ kind: 'notFound', params: { what: 'job' } }),
    'classifier.survey': ({ path }) => ({ path, classes: fakeClasses }),
    'classifier.describe': ({ path }) => ({
      ...fakeNetwork(path),
      classes: 3,
      labels: null,
    }),
    'classifier.labels': () => ({ labels: fakeClasses.map(({ label }) => label) }),
    'classifier.teach': (request) => this.#teach(request),
    'classifier.import': (request) => this.#teach(request),
    'retrain.parts': () => ({
      classes: [
        { label: 'ok', images: 120, groups: 20 },
        { label: 'crack', images: 14, groups: 14 },
      ],
      split: ['stretch'],
      corrected: this.parts.slice(-6),
      correctedCount: 6,
      unkept: 0,
      defectRate: this.defectRate,
    }),
    'retrain.preview': () => ({ file: 'part_0001.png', plain: '', disturbed: '' }),
    'retrain.site': () => ({
      weights: { clean: 0.8, 'exposure/2': 0.2 },
      measures: [{ name: 'brightness', unit: '×', median: 1, range: [0.8, 1.3], drift: 0.7 }],
      images: 120,
      skipped: [],
      seconds: 1,
    }),
    'retrain.plan': (request) => this.#retrain('plan', request),
    'retrain.start': (request) => this.#retrain('retrain', request),
    'retrain.pause': () => ({}),
    'retrain.resume': ({ id }) => {
      const job = this.snapshot.jobs.find((each) => each.id === id);
      if (job === undefined) return { kind: 'notFound', params: { what: 'job', id } };
      this.setJob({ ...job, state: 'running' });
      return { ...job, state: 'running' };
    },
    'retrain.leaveOut': () => ({}),
    'retrain.runs': () => ({ runs: [] }),
    'retrain.open': ({ id }) =>
      this.snapshot.jobs.find((each) => each.id === id) ?? { kind: 'notFound', params: { what: 'job', id } },
    'report.start': ({ name, parts: { productId } }) => {
      const job: Job = {
        ...{ id: `report-${this.calls.length}-1`, kind: 'report', title: name, productId, stage: 'read' },
        ...{ done: 0, total: 0, startedMs: this.snapshot.nowMs, state: 'running', skipped: [] },
      };
      this.setJob(job);
      return job;
    },
    'report.list': () => ({ reports: [] }),
    'report.remove': () => ({}),
    'rollout.list': () => ({ rollouts: [] }),
    'rollout.status': ({ id }) => ({ kind: 'notFound', params: { what: 'rollout', id } }),
    'rollout.steps': () => ({ steps: [] }),
    'rollout.draft': () => ({ kind: 'noModel', params: {} }),
    'rollout.plan': ({ id }) => ({ kind: 'notFound', params: { what: 'rollout', id } }),
    'rollout.begin': ({ id }) => ({ kind: 'notFound', params: { what: 'rollout', id } }),
    'rollout.promote': ({ id }) => ({ kind: 'notFound', params: { what: 'rollout', id } }),
    'rollout.back': ({ id }) => ({ kind: 'notFound', params: { what: 'rollout', id } }),
    'rollout.disagreements': () => ({ parts: [] }),
    'retrain.report': ({ id }) => {
      const job = this.snapshot.jobs.find((each) => each.id === id);
      if (job === undefined) return { kind: 'notFound', params: { what: 'job', id } };
      const { title, productId, startedMs } = job;
      const report: Job = {
        ...{ id: `report-${this.calls.length}`, kind: 'report', title, productId, stage: 'read' },
        ...{ done: 0, total: 0, startedMs, state: 'running', reportOf: id, skipped: [] },
      };
      this.setJob(report);
      return report;
    },
    'retrain.remove': ({ id }) => {
      this.snapshot.jobs = this.snapshot.jobs.filter((job) => job.id !== id);
      this.emit('job.removed', { id });
      return {};
    },
    'retrain.candidate': ({ name }) => {
      const [model] = this.snapshot.models;
      return model === undefined ? { kind: 'notFound', params: { what: 'model' } } : { ...model, name };
    },
    'job.cancel': ({ id }) => {
      const job = this.snapshot.jobs.find((each) => each.id === id);
      if (job !== undefined) this.setJob({ ...job, state: 'cancelled' });
      return {};
    },
    'job.dismiss': ({ id }) => {
      this.snapshot.jobs = this.snapshot.jobs.filter((job) => job.id !== id);
      this.emit('job.removed', { id });
      return {};
    },
    'feedback.give': ({ inspectionId, word }) => this.#say(inspectionId, word),
    'feedback.withdraw': ({ inspectionId }) => this.#say(inspectionId, null),
    'review.putOff': ({ id }) => {
      this.#putOff = [...this.#putOff.filter((each) => each !== id), id];
      return {};
    },
    'review.queue': ({ limit }) => {
      const place = ({ id }: Inspection) => this.#putOff.indexOf(id);
      const waiting = this.parts
        .filter(({ verdict, human }) => verdict !== 'OK' && human === null)
        .reverse()
        .sort((one, other) => place(one) - place(other));
      const rows = waiting.slice(0, limit).map((inspection) => ({
        ...{ inspection, reason: inspection.verdict === 'NG' ? ('reject' as const) : ('review' as const) },
      }));
      return { rows, older: waiting.length > limit };
    },
    'review.left': () => {
      const count = (verdict: Inspection['verdict']) =>
        this.parts.filter((part) => part.verdict === verdict && part.human === null).length;
      return { reject: count('NG'), review: count('REVIEW'), audit: 0, disagreement: 0 };
    },
    'review.rates': () => ({
      escapes: { ...noEscapes, passed: this.parts.length },
      falseAlarms: { share: null, isProvisional: true, unconfirmed: 3 },
    }),
    'review.sayMany': ({ reason }) => ({
      ...{ id: 1, timeMs: this.snapshot.nowMs, kind: 'bulk', title: reason, parts: 2, undoneMs: null },
    }),
    'review.takeBack': ({ id }) => ({ kind: 'notFound', params: { what: 'batch', id } }),
    'review.batches': () => ({ batches: [] }),
    'review.sampling': ({ productId }) => ({ productId, perTenThousand: 100, sinceMs: 1 }),
    'review.setSampling': (set) => ({ ...set, sinceMs: this.snapshot.nowMs }),
    'review.limits': () => ({ samples: [] }),
    'review.addLimit': ({ inspectionId: id }) => ({ kind: 'notFound', params: { what: 'part', id } }),
    'review.removeLimit': ({ id }) => ({ kind: 'notFound', params: { what: 'limitSample', id } }),
    'downstream.read': ({ path }) => ({ kind: 'tableEmpty', params: { path } }),
    'downstream.check': ({ path }) => ({ kind: 'fileChanged', params: { path } }),
    'downstream.import': ({ path }) => ({ kind: 'fileChanged', params: { path } }),
    'roi.read': () => ({ kind: 'notFound', params: { what: 'product' } }),
    'roi.reckon': () => ({ kind: 'notFound', params: { what: 'product' } }),
    'roi.save': () => ({}),
    'shiftReport.status': () => ({ writtenMs: null, files: [], nextMs: null, error: null }),
    'shiftReport.write': () => ({ writtenMs: null, files: [], nextMs: null, error: null }),
    'history.page': ({ filter, before, after, limit }) => {
      const found = this.parts.filter((part) => matches(part, filter)).reverse();
      const rows =
        after === null
          ? found.filter((part) => before === null || part.id < before).slice(0, limit)
          : found.filter((part) => part.id > after).slice(-limit);
      const first = rows[0]?.id ?? 0;
      const last = rows.at(-1)?.id ?? 0;
      return {
        rows,
        newer: found.some((part) => part.id > first),
        older: found.some((part) => part.id < last),
      };
    },
    'history.count': ({ filter }) => ({ count: this.parts.filter((part) => matches(part, filter)).length }),
    'history.repeat': ({ id }) => ({ kind: 'notFound', params: { what: 'certificate', id } }),
    'history.part': ({ id }) => {
      const inspection = this.#part(id);
      if (inspection === undefined) return { kind: 'notFound', params: { what: `#${id}` } };
      return {
        inspection,
        map: inspection.score === null ? null : FakeStation.map(inspection),
        feedback: [],
      };
    },
    'history.defects': () => ({ defects: [] }),
    'trend.points': () => ({ points: [] }),
    'trend.chart': () => ({
      ...{ groups: [], points: [], sigmaZ: null, latencyP95Ms: [], falseAlarmsAtMost: null },
      total: { falseAlarms: null, escapes: null, ng: null, review: null, firstPass: null },
      escapes: { groups: [], total: noEscapes },
    }),
    'trend.annotations': () => ({ annotations: [] }),
    'trend.causes': () => ({ causes: [] }),
    'intervention.note': () => ({}),
    'lineStop.rules': () => ({ share: null, consecutive: null, drift: false }),
    'lineStop.setRules': ({ rules }) => rules,
    'lineStop.list': () => {
      const none = { justified: 0, unnecessary: 0, open: 0 };
      return { stops: [], raised: none, avoided: none, added: 0 };
    },
    'lineStop.acknowledge': ({ id }) => ({ kind: 'notFound', params: { what: 'lineStop', id } }),
    'lineStop.mute': ({ id }) => ({ kind: 'notFound', params: { what: 'lineStop', id } }),
    'audit.page': ({ before, limit }) => {
      const entries = this.#audit.filter(({ id }) => before === null || id < before).slice(0, limit);
      return { entries, older: entries.length === limit };
    },
    'audit.verify': () => ({
      ...{ entries: this.#audit.length, brokenAt: null, how: null },
      ...{ head: '0'.repeat(64), anchored: this.#audit.length, gaps: [] },
    }),
    'people.signIn': ({ id, secret }) =>
      secret === fakeSecret ? this.#enter(id) : { kind: 'wrongPassword', params: {} },
    'people.signOut': () => this.#enter(null),
    'people.stay': () => ({}),
    'people.makeFirstAdmin': ({ name, secretKind }) => {
      const { id } = this.#addPerson({ name, role: 'admin', secretKind });
      this.#enter(id);
      return { recoveryCode: fakeRecoveryCode };
    },
    'people.recover': ({ id }) => {
      this.#enter(id);
      return { recoveryCode: fakeRecoveryCode };
    },
    'people.changeOwnSecret': ({ secretKind }) =>
      this.#changePerson(this.snapshot.session.personId ?? 0, { secretKind }),
    'people.add': ({ name, role, secretKind }) => this.#addPerson({ name, role, secretKind }),
    'people.change': ({ id, role, active }) =>
      this.#changePerson(id, { ...(role && { role }), ...(active !== undefined && { active }) }),
    'people.resetSecret': ({ id, secretKind }) => this.#changePerson(id, { secretKind }),
    'people.renewRecoveryCode': () => ({ recoveryCode: fakeRecoveryCode }),
    'notice.dismiss': ({ index }) => {
      this.snapshot.notices.splice(index, 1);
      this.emit('notices.changed', this.snapshot.notices);
      return {};
    },
  };
}

const fakeClasses = [
  { label: 'dent', images: 14 },
  { label: 'ok', images: 120 },
  { label: 'scratch', images: 9 },
];

/** Where the picture of a part has its flaw, as shares of width and height. */
export function flawAt(id: number): [number, number] {
  return [0.3 + ((id * 37) % 40) / 100, 0.3 + ((id * 61) % 40) / 100];
}

function isError(reply: object): reply is ErrorInfo {
  return 'kind' in reply && 'params' in reply;
}

function count(parts: readonly Inspection[]): Counters {
  const of = (test: (part: Inspection) => boolean) => parts.filter(test).length;
  return {
    parts: parts.length,
    ok: of(({ verdict }) => verdict === 'OK'),
    ng: of(({ verdict }) => verdict === 'NG'),
    review: of(({ verdict }) => verdict === 'REVIEW'),
    errors: of(({ reason }) => reason !== null),
    falseAlarms: of(({ verdict, human }) => verdict === 'NG' && human === 'ok'),
    escapes: of(({ verdict, human }) => verdict === 'OK' && human === 'ng'),
    unconfirmed: of(({ verdict, human }) => verdict !== 'OK' && human === null),
  };
}

function matches(part: Inspection, filter: HistoryFilter): boolean {
  return (
    (filter.fromMs === null || part.timeMs >= filter.fromMs) &&
    (filter.toMs === null || part.timeMs < filter.toMs) &&
    (filter.productId === null || part.productId === filter.productId) &&
    (filter.sourceId === null || part.sourceId === filter.sourceId) &&
    (filter.modelId === null || part.modelId === filter.modelId) &&
    (filter.verdicts === null || filter.verdicts.includes(part.verdict)) &&
    (filter.human === null || (filter.human === 'none') === (part.human === null)) &&
    (filter.label === null || part.label === filter.label) &&
    (filter.text === null || part.serial === filter.text || part.lot === filter.text)
  );
}

const fakeBins: ReplyOf<'thresholds.scores'>['bins'] = [
  { score: 0.25, none: 400, ok: 20, ng: 0 },
  { score: 0.5, none: 40, ok: 6, ng: 1 },
  { score: 0.75, none: 3, ok: 1, ng: 9 },
];

/** As if every part of a bin had its score. */
function fakeReplay(thresholds: Thresholds): ReplyOf<'thresholds.replay'> {
  const before = { review: 0.5, ng: 0.6 };
  const words = [
    ['none', null],
    ['ok', 'ok'],
    ['ng', 'ng'],
  ] as const;
  const moves = fakeBins.flatMap(({ score, ...parts }) =>
    words.map(([word, human]) => ({
      from: decide(score, before),
      to: decide(score, thresholds),
      human,
      parts: parts[word],
    })),
  );
  return { moves, unscored: 1, ownType: 0, otherwise: 0, changed: [] };
}

const fakeWeighed: ReplyOf<'thresholds.weigh'> = {
  curves: null,
  points: null,
  costs: null,
  gaps: [{ kind: 'onlyRejects', parts: 420 }],
  stated: null,
  judged: [{ verdict: 'OK', parts: 420, judged: 0, used: 0 }],
  grouping: 'part',
};
