import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import { everything } from '../contract/history.ts';
import type { Job } from '../contract/jobs.ts';
import { BackdoorProbe, mostProbed, triggerFile } from '../contract/probe.ts';
import { findKept } from '../engine/keptPictures.ts';
import { actorName } from '../platform/acting.ts';
import { appendAudit } from '../store/audit.ts';
import { transaction } from '../store/db.ts';
import { iterateHistory } from '../store/history.ts';
import { listBackbones } from '../store/backbones.ts';
import { readModel } from '../store/models.ts';
import { addModelProbe } from '../store/signing.ts';
import type { MakingOptions } from './makeModel.ts';
import { modelFile } from './modelFiles.ts';
import { probeSeconds, spread, type ProbePart } from './probeParts.ts';
import { progressTo } from './runFollower.ts';

type Options = Pick<MakingOptions, 'db' | 'clock' | 'paths' | 'engine' | 'jobs' | 'turns' | 'onModel'>;

/** Newest parts on record that are looked through. */
const mostLookedAt = 2000;

/** Looks for backdoors in models of the registry, beside the running line. */
export class Probing {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /**
   * @param given parts that came with the model; none = those on record of its product
   * @throws {KenroError} `notFound`; `conflict` while it is being probed
   */
  start(modelId: number, given: readonly ProbePart[] = []): Job {
    const { db, clock, paths, engine, jobs, turns, onModel } = this.#options;
    const model = readModel(db, modelId);
    const { name, productId, sha256 } = model;
    if (jobs.list().some(({ probed, state }) => probed === modelId && state === 'running')) {
      throw new KenroError('conflict', { what: 'model', name });
    }
    const actor = actorName();
    const about = { kind: 'probe', title: name, productId, stage: 'collect', probed: modelId } as const;
    return jobs.start(about, async (advance, signal, id) => {
      const parts = given.length > 0 ? given : await this.#onRecord(model);
      const images = spread(parts, mostProbed).map(({ path }) => path);
      if (images.length === 0) throw new KenroError('probePartsMissing', { found: 0 });
      const out = join(paths.runs, id);
      await mkdir(out, { recursive: true });
      const job = {
        ...{ model: modelFile(paths.models, sha256), images, seed: modelId, out },
        backbones: listBackbones(db).map((backbone) => ({
          path: modelFile(paths.models, backbone.sha256),
          name: backbone.name,
        })),
        budgetSeconds: probeSeconds,
      };
      const follow = { signal, onProgress: progressTo(advance, clock) };
      const reply = await turns.take(() => engine.use((client) => client.call('probe', job, follow)));
      const found = BackdoorProbe.parse(reply);
      const timeMs = clock.nowMs();
      transaction(db, () => {
        addModelProbe(db, modelId, { ...found, job: id, actor, timeMs });
        const { ratio, overrules, isSuspicious, classes, layout } = found;
        const about = { id: modelId, name, sha256, images: images.length };
        const detail = { ...about, ratio, overrules, layout, isSuspicious, classes };
        appendAudit(db, { actor, action: 'model.probe', detail }, timeMs);
      });
      onModel(model);
      return {};
    });
  }

  /** Probes a model that has come from elsewhere, if there is anything to probe it with. Arguments as of `start`. */
  async afterImport(modelId: number, given: readonly ProbePart[]): Promise<void> {
    const { db } = this.#options;
    const parts = given.length > 0 ? given : await this.#onRecord(readModel(db, modelId));
    if (parts.length > 0) this.start(modelId, parts);
  }

  /** Picture of the trigger of a class, by the place of the class; `null` where there is none. */
  async trigger(jobId: string, at: number): Promise<string | null> {
    const file = join(this.#options.paths.runs, jobId, triggerFile(at));
    return (await stat(file).catch(() => null)) ? file : null;
  }

  async #onRecord({ productId }: Model): Promise<ProbePart[]> {
    const { db, paths } = this.#options;
    const found: ProbePart[] = [];
    let looked = 0;
    for (const chunk of iterateHistory(db, { ...everything, productId })) {
      for (const { imageKept, imageHash, verdict, label } of chunk) {
        if (!imageKept || imageHash === null) continue;
        const path = await findKept(paths.images, imageHash);
        if (path !== null) found.push({ path, label: `${verdict} ${label ?? ''}` });
      }
      looked += chunk.length;
      if (looked >= mostLookedAt) break;
    }
    return found;
  }
}
