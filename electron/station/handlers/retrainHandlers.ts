import type { Handlers } from '../../contract/channels.ts';
import type { RetrainParts } from '../../contract/retrain.ts';
import { removeRun } from '../../learning/removeRun.ts';
import { estimateSite, previewDisturbance } from '../../learning/siteOfLine.ts';
import { gatherParts } from '../../learning/trainingParts.ts';
import type { StationContext } from '../context.ts';

/** Fine-tuning the model of a product. */
export function retrainHandlers({
  db,
  paths,
  jobs,
  records,
  options,
  retraining,
  reporting,
  trainEngine,
}: StationContext): Pick<Handlers, Extract<keyof Handlers, `retrain.${string}`>> {
  const gather = (parts: RetrainParts) => gatherParts(db, paths.images, parts);

  return {
    'retrain.parts': async (parts) => (await gather(parts)).survey,
    'retrain.preview': async ({ parts, condition, index }) =>
      previewDisturbance(trainEngine, (await gather(parts)).samples, condition, index),
    'retrain.site': async (parts) => estimateSite(trainEngine, (await gather(parts)).samples),
    'retrain.plan': (request) => retraining.plan(request),
    'retrain.start': (request) => retraining.start(request),
    'retrain.pause': async ({ id, paused }) => {
      await retraining.pause(id, paused);
      return {};
    },
    'retrain.resume': ({ id }) => retraining.resume(id),
    'retrain.leaveOut': ({ id, kind }) => {
      retraining.leaveOut(id, kind);
      return {};
    },
    'retrain.runs': async ({ productId }) => ({ runs: await retraining.runs(productId) }),
    'retrain.open': ({ id }) => retraining.open(id),
    'retrain.report': ({ id }) => reporting.start(id),
    'retrain.remove': async ({ id }) => {
      const { clock, log } = options;
      await removeRun({ db, clock, runsDir: paths.runs, jobs, records, log }, id);
      return {};
    },
    'retrain.candidate': ({ id, name }) => retraining.makeCandidate(id, name),
  };
}
