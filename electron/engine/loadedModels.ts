import { engineCalls } from '../contract/engine.ts';
import type { EngineCallName, EngineRequest, JudgeReply } from '../contract/engine.ts';

/** As many detectors as an engine process keeps open. */
export const openDetectors = 4;

type ModelFile = EngineRequest<'load'>;

export interface LoadedModels {
  /** Least recently used first. */
  all(): ModelFile[];
  remember(model: ModelFile): void;
  forget(model: ModelFile): void;
  /** Takes note of the detector that a successful call has used. */
  learn(name: EngineCallName, request: unknown, reply: unknown): void;
}

/** Which detectors a new process must open so that it is as warm as the one before. */
export function loadedModels(): LoadedModels {
  const models = new Map<string, ModelFile>();

  const remember = (model: ModelFile) => {
    models.delete(model.path);
    const { path, sha256, smoothed } = model;
    models.set(path, { path, sha256, ...(smoothed ? { smoothed } : {}) });
    const oldest = models.keys().next();
    if (models.size > openDetectors && !oldest.done) models.delete(oldest.value);
  };

  return {
    all: () => [...models.values()],
    remember,
    forget: (model) => void models.delete(model.path),
    learn: (name, request, reply) => {
      if (name === 'load') remember(engineCalls.load.request.parse(request));
      if (name !== 'judge') return;
      const { model, smoothing } = request as EngineRequest<'judge'>;
      if (model && (reply as JudgeReply).score !== null)
        remember({ ...model, smoothed: smoothing !== undefined });
    },
  };
}
