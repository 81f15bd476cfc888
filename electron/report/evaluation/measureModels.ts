import type { EngineRequest } from '../../contract/engine.ts';
import { KenroError } from '../../contract/errors.ts';
import type { CostComparison, EvaluateReply, LayerChange } from '../../contract/evaluation.ts';
import type { Limits } from '../../contract/verdict.ts';
import type { CallOptions, EngineClient } from '../../engine/client.ts';

export interface MeasuredModel {
  readonly evaluation: EvaluateReply;
  /** With each model before it in the list; `null` where one of the two has no score. */
  readonly costs: readonly (CostComparison | null)[];
  /** `null`: nothing of the same tensors to compare with. */
  readonly layers: LayerChange | null;
}

export interface MeasureRequest {
  /** Paths; the first is what the others are held against. */
  readonly models: readonly {
    readonly path: string;
    /** Folder of the training that made it, see `EvaluateJob`. */
    readonly run: string | null;
    /** That it is judged by, its defect types too; `null` = its own. */
    readonly thresholds: Limits | null;
  }[];
  /** Model whose layers all are compared with; `null` = the first of the models, where their tensors are the same. */
  readonly base: string | null;
  readonly job: Omit<EngineRequest<'evaluate'>, 'model' | 'run' | 'thresholds'>;
}

type Engine = Pick<EngineClient, 'call'>;

/**
 * Measures models on the same images, one after the other, and compares each with those before it.
 * @param onModel told of each as soon as it is measured
 * @throws {KenroError} `badRequest` for a base of other tensors, and what the engine reports
 */
export async function measureModels(
  engine: Engine,
  { models, base, job }: MeasureRequest,
  options: CallOptions,
  onModel: (measured: MeasuredModel) => void = () => undefined,
): Promise<MeasuredModel[]> {
  const done: MeasuredModel[] = [];
  for (const { path, run, thresholds } of models) {
    const evaluation = await engine.call('evaluate', { ...job, model: path, run, thresholds }, options);
    const costs: (CostComparison | null)[] = [];
    for (const earlier of done) costs.push(await comparedCosts(engine, earlier.evaluation, evaluation, job));
    const before = base ?? done[0]?.evaluation.model ?? null;
    // One file at other thresholds has nothing changed in it.
    const isOther = before !== null && before !== path;
    const layers = !isOther ? null : await comparedLayers(engine, before, evaluation, job, options);
    if (base !== null && layers === null) {
      throw new KenroError('badRequest', {
        path: base,
        reason: `its tensors are not those of ${path}; a base is the model that one was trained from`,
      });
    }
    const measured = { evaluation, costs, layers };
    done.push(measured);
    onModel(measured);
  }
  return done;
}

async function comparedCosts(
  engine: Engine,
  first: EvaluateReply,
  second: EvaluateReply,
  { site, costs, seed }: MeasureRequest['job'],
): Promise<CostComparison | null> {
  const { comparison } = await engine.call('compareCosts', { first, second, site, costs, seed });
  return comparison;
}

async function comparedLayers(
  engine: Engine,
  base: string,
  { model, calibration, images: measuredOn }: EvaluateReply,
  { images, seed }: MeasureRequest['job'],
  options: CallOptions,
): Promise<LayerChange | null> {
  const paths = (calibration ? measuredOn : images).map(({ path }) => path);
  const { change } = await engine.call('compareLayers', { base, model, images: paths, seed }, options);
  return change;
}
