import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { AuditAction } from '../../contract/domain.ts';
import type { EngineRequest, ImageSource } from '../../contract/engine.ts';
import { KenroError, toErrorInfo, type ErrorInfo } from '../../contract/errors.ts';
import { ProviderState, ProviderTrial } from '../../contract/providers.ts';
import type { Precision, ProviderName, ProviderWish } from '../../contract/providers.ts';
import type { EngineClient } from '../../engine/client.ts';
import type { Clock } from '../../platform/clock.ts';
import { writeDurably } from '../../platform/durableFile.ts';
import { standings, worstOf, type Tried } from './standings.ts';

/** Parts come first after a start, and after another model was put to work. */
const settleMs = 20_000;

/** A detector that judges parts. */
export interface InUse {
  readonly name: string;
  readonly productId: number;
  readonly path: string;
  readonly sha256: string;
  /** Its parts may be looked at again, under noise. */
  readonly smoothed?: boolean;
}

export interface ProvidersOptions {
  readonly clock: Clock;
  /** Where the last measurement is kept. */
  readonly file: string;
  readonly config: EngineRequest<'configure'>;
  /** Judges parts. */
  readonly engine: EngineClient;
  /** A process of its own: a driver at fault takes nothing else with it. */
  readonly startTrial: () => EngineClient;
  readonly wanted: () => ProviderWish;
  /** Most that the engine may grow on a device; 0 = no limit. */
  readonly memoryMb: () => number;
  readonly inUse: () => readonly InUse[];
  readonly images: (productId: number) => Promise<ImageSource[]>;
  readonly onChanged: (state: ProviderState) => void;
  readonly audit: (action: AuditAction, detail: Record<string, unknown>) => void;
  readonly onBug: (thrown: unknown) => void;
}

const Measured = z.object({
  /** Version of onnxruntime: another one may compute otherwise. */
  runtime: z.string(),
  models: z.array(z.string()),
  model: z.string(),
  measuredMs: z.number().int(),
  trials: z.array(ProviderTrial),
  /** What has failed at work since. */
  fallback: ProviderState.shape.fallback,
});
type Measured = z.infer<typeof Measured>;

/**
 * Chooses where parts are judged. A device judges only while the last measurement says that its scores on the detectors
 * in use are the processor's, and only until it fails: then the processor takes over, and stays until somebody measures
 * again.
 */
export class Providers {
  readonly #options: ProvidersOptions;
  #measured: Measured | null = null;
  /** Version of onnxruntime that parts are judged with; null until the engine has said so. */
  #runtime: string | null = null;
  #active: ProviderName = 'cpu';
  #precision: Precision = 'single';
  #trial: EngineClient | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Writing down that a device has failed. */
  #keeping: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: ProvidersOptions) {
    this.#options = options;
  }

  get state(): ProviderState {
    return {
      wanted: this.#options.wanted(),
      active: this.#active,
      measuring: this.#trial !== null,
      trials: this.#trials,
      model: this.#measured?.model ?? null,
      measuredMs: this.#measured?.measuredMs ?? null,
      ...(this.#outdated ? { outdated: this.#outdated } : {}),
      fallback: this.#measured?.fallback ?? null,
    };
  }

  /** Reads what was measured before and follows it, unless onnxruntime is another one since. */
  async start(): Promise<void> {
    this.#measured = await readMeasured(this.#options.file);
    // An engine that cannot say is being restarted: the processor judges until the next measurement.
    const told = await this.#options.engine.call('providers', {}).catch(() => null);
    this.#runtime = told && told.runtime;
    await this.follow();
  }

  /** To be called when the wish or the detectors in use have changed. */
  async follow(): Promise<void> {
    if (this.#stopped) return;
    await this.#activate(this.#target());
    const isDue = this.#options.wanted() !== 'cpu' && !this.#coversAll();
    if (!isDue || this.#timer || this.#options.inUse().length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      // Somebody measures already, or the line was paused since; what is then still due is asked for again.
      if (this.#trial || this.#options.inUse().length === 0) return;
      this.measure().catch((thrown: unknown) => {
        if (!this.#stopped) this.#options.onBug(thrown);
      });
    }, settleMs);
    this.#timer.unref();
  }

  /** The device has failed at work. */
  failed(provider: ProviderName, error: ErrorInfo): void {
    const { clock, audit, onChanged, onBug } = this.#options;
    this.#active = 'cpu';
    this.#precision = 'single';
    if (this.#measured) {
      this.#measured = { ...this.#measured, fallback: { provider, timeMs: clock.nowMs(), error } };
      this.#keeping = this.#keep().catch(onBug);
    }
    audit('provider.fallback', { provider, error });
    onChanged(this.state);
  }

  /**
   * Tries every provider on the detectors in use, then follows the outcome.
   * @throws {KenroError} `conflict` while it is under way; `noModel` when nothing is in use
   */
  async measure(): Promise<ProviderState> {
    const { startTrial, inUse, onChanged, clock } = this.#options;
    if (this.#trial) throw new KenroError('conflict', { what: 'provider' });
    const models = inUse();
    if (models.length === 0) throw new KenroError('noModel');
    const trial = startTrial();
    this.#trial = trial;
    onChanged(this.state);
    try {
      const { offered, runtime } = await trial.call('providers', {});
      this.#runtime = runtime;
      const tried = new Map<ProviderName, Tried>();
      for (const provider of offered) tried.set(provider, await this.#try(trial, provider, models));
      this.#measured = {
        runtime,
        models: models.map(({ sha256 }) => sha256),
        model: models.map(({ name }) => name).join(', '),
        measuredMs: clock.nowMs(),
        trials: standings(tried),
        fallback: null,
      };
      await this.#keep();
    } finally {
      this.#trial = null;
      await trial.stop();
      if (!this.#stopped) onChanged(this.state);
    }
    await this.follow();
    return this.state;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#trial?.stop();
    await this.#keeping;
  }

  async #try(trial: EngineClient, provider: ProviderName, models: readonly InUse[]): Promise<Tried> {
    const tried: Tried[] = [];
    for (const { path, sha256, productId } of models) {
      try {
        const images = await this.#options.images(productId);
        const request = { provider, model: { path, sha256 }, images, threads: 0 };
        tried.push({ measurement: await trial.call('tryProvider', request) });
      } catch (thrown) {
        if (!(thrown instanceof KenroError) || thrown.kind === 'cancelled') throw thrown;
        return { measurement: null, error: toErrorInfo(thrown) };
      }
    }
    return worstOf(tried);
  }

  async #keep(): Promise<void> {
    await writeDurably(this.#options.file, JSON.stringify(this.#measured, null, 2));
  }

  /** By the limits of now: they may have changed since. */
  get #trials(): ProviderTrial[] {
    const tried = (this.#measured?.trials ?? []).flatMap(({ provider, measurement, error }) => {
      const outcome: Tried | null = measurement ? { measurement } : error && { measurement: null, error };
      return outcome ? [[provider, outcome] as const] : [];
    });
    return standings(new Map(tried), this.#options.memoryMb());
  }

  get #outdated(): ProviderState['outdated'] {
    const measuredWith = this.#measured?.runtime;
    if (measuredWith === undefined || this.#runtime === null || measuredWith === this.#runtime) return;
    return { measuredWith, runtime: this.#runtime };
  }

  #coversAll(): boolean {
    if (this.#runtime === null || this.#outdated) return false;
    const known = new Set(this.#measured?.models);
    return this.#options.inUse().every(({ sha256 }) => known.has(sha256));
  }

  #target(): Target {
    const wanted = this.#options.wanted();
    if (wanted === 'cpu' || !this.#measured || this.#measured.fallback || !this.#coversAll())
      return processor;
    const right = this.#trials.filter(
      ({ standing, measurement }) => measurement?.parity.agrees && standing !== 'tooLarge',
    );
    const found = right.find(({ provider, standing }) =>
      wanted === 'auto' ? standing === 'fastest' : provider === wanted,
    );
    return found ?? processor;
  }

  async #activate({ provider, precision = 'single' }: Target): Promise<void> {
    const { engine, config, audit, onChanged } = this.#options;
    if (provider !== this.#active || precision !== this.#precision) {
      const before = this.#active;
      const models = this.#options.inUse().map(({ path, sha256, smoothed }) => ({ path, sha256, smoothed }));
      try {
        await engine.call('configure', { ...config, provider, precision, models });
      } catch (thrown) {
        if (!(thrown instanceof KenroError) || thrown.kind === 'cancelled' || provider === 'cpu')
          throw thrown;
        return this.failed(provider, toErrorInfo(thrown));
      }
      this.#active = provider;
      this.#precision = precision;
      audit('provider.change', { before, provider, precision });
    }
    onChanged(this.state);
  }
}

/** Where parts are to be judged. */
type Target = Pick<ProviderTrial, 'provider' | 'precision'>;
const processor: Target = { provider: 'cpu' };

/** Whatever is not a measurement is measured anew. */
async function readMeasured(file: string): Promise<Measured | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    return Measured.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
