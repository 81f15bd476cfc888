import type { Handlers } from '../../contract/channels.ts';
import { comparing, rolloutPhases } from '../../contract/rollout.ts';
import { describeNetwork, importBackbone, removeBackboneAndFile } from '../../learning/backbones.ts';
import { dropModel } from '../../learning/modelFiles.ts';
import { actorName } from '../../platform/acting.ts';
import {
  isModelFileUsed,
  readModel,
  removeModel,
  renameModel,
  setModelThresholds,
} from '../../store/models.ts';
import { refuseInRollout } from '../../store/rollouts.ts';
import { audited, type StationContext } from '../context.ts';
import { assertReadable } from '../listFolder.ts';

type ModelCalls = `backbone.${string}` | `model.${string}` | `teach.${string}` | `job.${string}`;

/** Models, what they are made of, and making them. */
export function modelHandlers(
  context: StationContext,
): Pick<
  Handlers,
  Exclude<Extract<keyof Handlers, ModelCalls>, 'model.probe' | 'model.sign' | 'model.trust'>
> {
  const { db, catalogue, teaching, screening, jobs, paths, options } = context;
  const backbones = { db, clock: options.clock, modelsDir: paths.models, engine: context.trainEngine };

  return {
    'backbone.describe': ({ path }) => describeNetwork(backbones, path),
    'backbone.import': async (given) => {
      const imported = await importBackbone(backbones, given);
      catalogue.changed('backbones');
      return imported;
    },
    'backbone.remove': async ({ id }) => {
      await removeBackboneAndFile(backbones, id);
      catalogue.changed('backbones');
      return {};
    },

    'model.activate': async ({ id }) => {
      context.rollouts.refuseWhileCompared(readModel(db, id).productId);
      const product = await context.gate.activate(id, { actor: actorName() });
      context.rollouts.finish(product.id, actorName());
      catalogue.changed('products');
      context.warmUp();
      return product;
    },
    'model.rename': ({ id, name }) => {
      const model = audited(context, 'model.rename', () => {
        const before = readModel(db, id).name;
        return { result: renameModel(db, id, name), detail: { id, name, before } };
      });
      catalogue.changed('models');
      return model;
    },
    'model.thresholds': ({ id, thresholds, thresholdsByLabel, reason }) => {
      const model = audited(context, 'model.thresholds', () => {
        refuseInRollout(db, id, comparing);
        const { thresholds: before, classes } = readModel(db, id);
        const result = setModelThresholds(db, id, thresholds, thresholdsByLabel);
        const byLabel = thresholdsByLabel && { thresholdsByLabel, beforeByLabel: classes?.thresholdsByLabel };
        return { result, detail: { id, thresholds, before, ...byLabel, reason } };
      });
      catalogue.changed('models');
      return model;
    },
    'model.remove': async ({ id }) => {
      const { sha256 } = audited(context, 'model.remove', () => {
        const result = readModel(db, id);
        refuseInRollout(db, id, rolloutPhases);
        removeModel(db, id, options.clock.nowMs());
        return { result, detail: { id, name: result.name, sha256: result.sha256 } };
      });
      catalogue.changed('models');
      if (!isModelFileUsed(db, sha256)) await dropModel(paths.models, sha256);
      return {};
    },

    'teach.start': async (request) => {
      if (request.good.from === 'folder') await assertReadable(request.good.path);
      if (request.ngFolder !== null) await assertReadable(request.ngFolder);
      return teaching.start(request);
    },
    'teach.screen': (request) => screening.start(request),
    'job.cancel': ({ id }) => {
      jobs.cancel(id);
      return {};
    },
    'job.dismiss': ({ id }) => {
      jobs.dismiss(id);
      return {};
    },
  };
}
