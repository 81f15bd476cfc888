import type { Bridge } from '../../../electron/contract/bridge.ts';
import type { ChannelName, ReplyOf, RequestOf, Snapshot } from '../../../electron/contract/channels.ts';
import type {
  Counters,
  EngineState,
  Inspection,
  JudgedPart,
  Model,
  Performance,
  Product,
  Settings,
  Source,
  SourceState,
} from '../../../electron/contract/domain.ts';
import { checkConfiguration, type Finding } from '../../../electron/contract/configurationCheck.ts';
import type { Job } from '../../../electron/contract/jobs.ts';
import type { Person, SessionState } from '../../../electron/contract/people.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type { LineStop } from '../../../electron/contract/lineStops.ts';
import type { Sampling } from '../../../electron/contract/review.ts';
import type { ProviderState } from '../../../electron/contract/providers.ts';
import type { EventOf } from '../../../electron/contract/events.ts';
import { Answer } from './answer.svelte.ts';
import type { StationClock } from './clock.ts';
import type { Toasts } from './toasts.svelte.ts';

/** Parts the page remembers, as many as the snapshot brings. */
export const recentLimit = 300;

/**
 * The station as the page sees it: one snapshot, kept fresh by events, taken anew whenever the line to the
 * station was down. Everything else on the page derives from here.
 */
export class StationState {
  readonly #bridge: Bridge;
  readonly #clock: StationClock;
  readonly #toasts: Toasts;
  #connected = $state(true);
  #ready = $state(false);
  #failure = $state.raw<ErrorInfo | null>(null);
  #snapshot = $state.raw<Snapshot | null>(null);
  #products = $state.raw<Product[]>([]);
  #sources = $state.raw<Source[]>([]);
  #sourceStates = $state.raw<SourceState[]>([]);
  #models = $state.raw<Model[]>([]);
  #backbones = $state.raw<Snapshot['backbones']>([]);
  #engine = $state.raw<EngineState | null>(null);
  #counters = $state.raw<Counters | null>(null);
  #performance = $state.raw<Performance | null>(null);
  #provider = $state.raw<ProviderState | null>(null);
  #recent = $state.raw<Inspection[]>([]);
  #latest = $state.raw<JudgedPart | null>(null);
  #jobs = $state.raw<Job[]>([]);
  #lineStops = $state.raw<LineStop[]>([]);
  #notices = $state.raw<ErrorInfo[]>([]);
  #settings = $state.raw<Settings | null>(null);
  #auditProgress = $state.raw<EventOf<'audit.verifying'> | null>(null);
  #people = $state.raw<Person[]>([]);
  /** How many OK parts of each product a human is shown. */
  readonly auditShares: Answer<readonly Sampling[]>;
  #session = $state.raw<SessionState>({ personId: null, role: 'operator' });

  constructor(bridge: Bridge, clock: StationClock, toasts: Toasts) {
    this.#bridge = bridge;
    this.#clock = clock;
    this.#toasts = toasts;
    this.auditShares = new Answer(() => this.#askAuditShares());
    this.#listen();
    bridge.onConnection((connected) => {
      this.#connected = connected;
      if (connected) void this.refresh();
    });
  }

  /** Whether the line to the station is up. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Whether a first snapshot has come. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Why no snapshot came, or `null`. */
  get failure(): ErrorInfo | null {
    return this.#failure;
  }

  get version(): string {
    return this.#snapshot?.version ?? '';
  }

  get shell(): Snapshot['shell'] {
    return this.#snapshot?.shell ?? 'browser';
  }

  get products(): readonly Product[] {
    return this.#products;
  }

  get sources(): readonly Source[] {
    return this.#sources;
  }

  get models(): readonly Model[] {
    return this.#models;
  }

  get backbones(): Snapshot['backbones'] {
    return this.#backbones;
  }

  get engine(): EngineState | null {
    return this.#engine;
  }

  get counters(): Counters | null {
    return this.#counters;
  }

  get performance(): Performance | null {
    return this.#performance;
  }

  get provider(): ProviderState | null {
    return this.#provider;
  }

  /** Oldest first, at most {@link recentLimit}. */
  get recent(): readonly Inspection[] {
    return this.#recent;
  }

  /** The newest part with its map. */
  get latest(): JudgedPart | null {
    return this.#latest;
  }

  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /** Waiting to be acknowledged, oldest first. */
  get lineStops(): readonly LineStop[] {
    return this.#lineStops;
  }

  get notices(): readonly ErrorInfo[] {
    return this.#notices;
  }

  get settings(): Settings | null {
    return this.#settings;
  }

  /** Everybody who can sign in, or could. */
  get people(): readonly Person[] {
    return this.#people;
  }

  /** Dangerous settings, the gravest first. */
  get findings(): readonly Finding[] {
    const { settings, products, sources, models, people } = this;
    if (settings === null) return [];
    return checkConfiguration({
      settings,
      products,
      sources,
      models,
      people,
      auditShares: this.auditShares.value ?? [],
    });
  }

  async #askAuditShares() {
    const outcomes = await Promise.all(
      this.products.map(({ id }) => this.ask('review.sampling', { productId: id })),
    );
    const failed = outcomes.find((outcome) => !outcome.ok);
    if (failed !== undefined) return failed;
    return { ok: true as const, reply: outcomes.flatMap((outcome) => (outcome.ok ? [outcome.reply] : [])) };
  }

  /** Who is at this page. */
  get session(): SessionState {
    return this.#session;
  }

  /** How far the verification of the audit trail is. */
  get auditProgress(): EventOf<'audit.verifying'> | null {
    return this.#auditProgress;
  }

  product(id: number | null): Product | undefined {
    return this.#products.find((product) => product.id === id);
  }

  source(id: number | null): Source | undefined {
    return this.#sources.find((source) => source.id === id);
  }

  sourceState(id: number): SourceState | undefined {
    return this.#sourceStates.find((state) => state.sourceId === id);
  }

  model(id: number | null): Model | undefined {
    return this.#models.find((model) => model.id === id);
  }

  /** ms since 1970 UTC, by the station's clock. */
  now(): number {
    return this.#clock.now();
  }

  /** Calls the station; an error is shown in the corner and `null` comes back. */
  async call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<ReplyOf<Name> | null> {
    const outcome = await this.#bridge.call(name, request);
    if (outcome.ok) return outcome.reply;
    this.#toasts.fail(outcome.error);
    return null;
  }

  /** Calls the station for a place that shows the error itself. */
  ask: Bridge['call'] = (name, request) => this.#bridge.call(name, request);

  /** Shown at once, told to the station after; put back when it refuses. */
  async changeSettings(change: Partial<Settings>): Promise<void> {
    const before = this.#settings;
    if (before === null) return;
    this.#settings = { ...before, ...change };
    const settings = await this.call('settings.change', change);
    if (settings === null) this.#settings = before;
  }

  async refresh(): Promise<void> {
    const outcome = await this.#bridge.call('station.snapshot', {});
    if (outcome.ok) this.#replace(outcome.reply);
    else if (this.#connected) this.#failure = outcome.error;
  }

  #replace(snapshot: Snapshot): void {
    this.#clock.set(snapshot.nowMs);
    this.#snapshot = snapshot;
    this.#products = snapshot.products;
    this.#sources = snapshot.sources;
    this.#sourceStates = snapshot.sourceStates;
    this.#models = snapshot.models;
    this.#backbones = snapshot.backbones;
    this.#engine = snapshot.engine;
    this.#counters = snapshot.counters;
    this.#performance = snapshot.performance;
    this.#provider = snapshot.provider;
    this.#recent = snapshot.recent;
    this.#latest = snapshot.latest;
    this.#jobs = snapshot.jobs;
    this.#lineStops = snapshot.lineStops;
    this.#notices = snapshot.notices;
    this.#settings = snapshot.settings;
    this.#people = snapshot.people;
    this.#session = snapshot.session;
    this.#failure = null;
    this.#ready = true;
  }

  #listen(): void {
    const on: Bridge['on'] = (name, listener) => this.#bridge.on(name, listener);
    on('parts.judged', (news) => this.#judged(news));
    on('part.changed', ({ inspection, counters }) => this.#changed(inspection, counters));
    on('words.changed', ({ recent, counters }) => this.#wordsChanged(recent, counters));
    on('products.changed', (products) => (this.#products = products));
    on('sources.changed', (sources) => (this.#sources = sources));
    on('sourceStates.changed', (states) => (this.#sourceStates = states));
    on('models.changed', (models) => (this.#models = models));
    on('backbones.changed', (backbones) => (this.#backbones = backbones));
    on('engine.changed', (engine) => (this.#engine = engine));
    on('provider.changed', (provider) => (this.#provider = provider));
    on('settings.changed', (settings) => (this.#settings = settings));
    on('audit.verifying', (progress) => (this.#auditProgress = progress));
    on('people.changed', (people) => (this.#people = people));
    on('session.changed', (session) => this.#sessionChanged(session));
    on('lineStops.changed', (stops) => (this.#lineStops = stops));
    on('notices.changed', (notices) => (this.#notices = notices));
    on('job.changed', (job) => (this.#jobs = [...this.#jobs.filter(({ id }) => id !== job.id), job]));
    on('job.removed', ({ id }) => (this.#jobs = this.#jobs.filter((job) => job.id !== id)));
  }

  #judged(news: EventOf<'parts.judged'>): void {
    // A snapshot, or words on many parts, may have brought parts before the news of them.
    const newest = this.#recent.at(-1)?.id ?? 0;
    const fresh = news.inspections.filter(({ id }) => id > newest);
    this.#recent = [...this.#recent, ...fresh].slice(-recentLimit);
    this.#latest = news.latest;
    this.#counters = news.counters;
    this.#performance = news.performance;
  }

  #wordsChanged(recent: Inspection[], counters: Counters): void {
    this.#recent = recent;
    const inspection = recent.find(({ id }) => id === this.#latest?.inspection.id);
    if (this.#latest && inspection) this.#latest = { ...this.#latest, inspection };
    this.#counters = counters;
  }

  #sessionChanged(session: SessionState): void {
    this.#session = session;
    if (session.ended !== undefined) this.#toasts.tell(`people.ended.${session.ended}`);
  }

  #changed(inspection: Inspection, counters: Counters): void {
    this.#recent = this.#recent.map((part) => (part.id === inspection.id ? inspection : part));
    if (this.#latest?.inspection.id === inspection.id) this.#latest = { ...this.#latest, inspection };
    this.#counters = counters;
  }
}
