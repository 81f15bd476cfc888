import { basename } from 'node:path';
import type { Model, Product } from '../../contract/domain.ts';
import type { EngineReply, ImageSource, ReferencePart } from '../../contract/engine.ts';
import { KenroError } from '../../contract/errors.ts';
import type { ParityBasis, ParityCheck } from '../../contract/parity.ts';
import type { EngineClient } from '../../engine/client.ts';
import { modelFile } from '../../learning/modelFiles.ts';
import { assertTrusted } from '../../learning/signing/trust.ts';
import { readReference } from '../../learning/reference.ts';
import type { Clock } from '../../platform/clock.ts';
import { appendAudit } from '../../store/audit.ts';
import { transaction, type WritableDb } from '../../store/db.ts';
import { activateModel, readModel } from '../../store/models.ts';
import { addParityCheck, hasPassedParity } from '../../store/parity.ts';
import { readProduct } from '../../store/products.ts';

export interface ParityGateOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  readonly modelsDir: string;
  /** Judges parts. */
  readonly engine: EngineClient;
  /** Recent pictures of a product, or drawn ones; `null`: it has none yet. */
  readonly images: (productId: number | null) => Promise<ImageSource[]>;
  /** A comparison has been put on record. */
  readonly onChecked: () => void;
}

/** Who puts a model to work, and why where the reason is not theirs. */
export interface Activation {
  readonly actor: string;
  readonly reason?: string;
}

/** What there is to know of a model that may not be registered yet. */
export type ComparedModel = Pick<Model, 'name' | 'sha256' | 'thresholds' | 'classes'>;

/**
 * A model is put to work only after the process that judges the line's parts has given its reference parts the verdicts
 * that were computed when it was made. One that has passed on this provider and version of onnxruntime is not compared
 * again, so that going back to it takes no time.
 */
export class ParityGate {
  readonly #options: ParityGateOptions;
  /** Newest request of each product: an older one that is still comparing must not undo it. */
  readonly #newest = new Map<number, symbol>();
  #runtime: string | null = null;

  constructor(options: ParityGateOptions) {
    this.#options = options;
  }

  /**
   * Makes a model the one its product is judged by.
   * @throws {KenroError} `notFound`; `modelUntrusted`; `modelDiffers`; `cancelled` when another model of the product was chosen meanwhile;
   *   what the engine throws. The model in use stays.
   */
  async activate(id: number, { actor, reason }: Activation): Promise<Product> {
    const { db, clock } = this.#options;
    const model = readModel(db, id);
    assertTrusted(db, model);
    const { productId, name } = model;
    const own = Symbol();
    this.#newest.set(productId, own);
    if (!(await this.hasPassed(model.sha256))) await this.#pass(model, actor);
    if (this.#newest.get(productId) !== own) throw new KenroError('cancelled');
    return transaction(db, () => {
      const before = readProduct(db, productId).activeModelId;
      const product = activateModel(db, id);
      const detail = { id, name, productId, before, ...(reason === undefined ? {} : { reason }) };
      appendAudit(db, { actor, action: 'model.activate', detail }, clock.nowMs());
      return product;
    });
  }

  /**
   * Makes sure of the model in use before a line starts with it.
   * @throws {KenroError} `modelUntrusted`, `modelDiffers`; what the engine throws
   */
  async ensure(productId: number, actor: string): Promise<void> {
    const { db } = this.#options;
    const { activeModelId } = readProduct(db, productId);
    if (activeModelId !== null) await this.admit(activeModelId, actor);
  }

  /**
   * Makes sure of a model before it judges parts beside the one in use.
   * @throws {KenroError} `notFound`, `modelUntrusted`, `modelDiffers`; what the engine throws
   */
  async admit(id: number, actor: string): Promise<void> {
    const model = readModel(this.#options.db, id);
    assertTrusted(this.#options.db, model);
    if (!(await this.hasPassed(model.sha256))) await this.#pass(model, actor);
  }

  /** Whether a model's file has passed where parts are judged just now. */
  async hasPassed(sha256: string): Promise<boolean> {
    const { db, engine } = this.#options;
    this.#runtime ??= (await engine.call('providers', {})).runtime;
    return hasPassedParity(db, sha256, { provider: engine.state.provider, runtime: this.#runtime });
  }

  /**
   * Has the engine judge a model's reference parts. Nothing is put on record.
   * @throws {KenroError} what the engine throws
   */
  async compare(model: ComparedModel, productId: number | null, actor: string): Promise<ParityCheck> {
    const { clock } = this.#options;
    const { basis, parts } = await this.#reference(model.sha256, productId);
    const first = await this.#judge(model, parts);
    // The device has failed, and the processor has taken over for good: it is the one to be compared.
    const reply = first.deviceError ? await this.#judge(model, parts) : first;
    const { provider, runtime, agrees, worst, flips, differing } = reply;
    return {
      ...{ timeMs: clock.nowMs(), actor, provider, runtime, basis },
      ...{ passed: agrees, parts: reply.parts, worst, flips, differing },
    };
  }

  /** Puts a comparison on record and into the audit trail. */
  record({ name, sha256 }: ComparedModel, check: ParityCheck): void {
    const { db } = this.#options;
    transaction(db, () => {
      addParityCheck(db, sha256, check);
      const { timeMs, actor, ...found } = check;
      appendAudit(db, { actor, action: 'model.parity', detail: { name, sha256, ...found } }, timeMs);
    });
    this.#options.onChecked();
  }

  async #pass(model: Model, actor: string): Promise<void> {
    const check = await this.compare(model, model.productId, actor);
    this.record(model, check);
    if (!check.passed) throw differs(model.name, check);
  }

  async #judge(
    { sha256, thresholds, classes }: ComparedModel,
    parts: ReferencePart[],
  ): Promise<EngineReply<'compareParity'>> {
    const { engine, modelsDir } = this.#options;
    const byLabel = classes ? { thresholdsByLabel: classes.thresholdsByLabel } : {};
    const model = { path: modelFile(modelsDir, sha256), sha256, thresholds, ...byLabel };
    return engine.call('compareParity', { model, parts });
  }

  async #reference(
    sha256: string,
    productId: number | null,
  ): Promise<{ basis: ParityBasis; parts: ReferencePart[] }> {
    const { modelsDir, images } = this.#options;
    const kept = await readReference(modelsDir, sha256);
    if (kept) return { basis: 'made', parts: kept };
    const found = await images(productId);
    const parts = found.map((image) => ({ name: nameOf(image), image, score: null, label: null }));
    return { basis: found.some(({ from }) => from === 'demo') ? 'drawn' : 'recent', parts };
  }
}

/** Why a model was not put to work. */
export function differs(name: string, { differing, parts, provider }: ParityCheck): KenroError {
  const named = differing.map((part) => basename(part.name)).join(', ');
  return new KenroError('modelDiffers', { name, parts: named, of: parts, provider });
}

function nameOf(image: ImageSource): string {
  if (image.from === 'file') return image.path;
  return image.from === 'demo' ? `${image.part} ${image.index}` : '';
}
