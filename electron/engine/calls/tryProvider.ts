import type { output } from 'zod';
import { tryProvider as tryOn } from '../../../native-models/detectors/tryProvider.ts';
import { offeredProviders } from '../../../native-models/runtime/providers.ts';
import { runtimeVersion } from '../../../native-models/runtime/session.ts';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { aboutModel } from '../failure.ts';
import { checkHash } from '../modelHash.ts';
import { partImage } from '../partImage.ts';

/** Which providers could be tried here. */
export function providers(): EngineReply<'providers'> {
  return { offered: [...offeredProviders()], runtime: runtimeVersion };
}

/**
 * Tries one provider on a detector that is in use.
 * @throws {ModelError} `providerUnavailable`, `outputNotFinite`, and what opening the detector throws
 * @throws {KenroError} `modelHashMismatch`
 */
export async function tryProvider(
  request: output<EngineCalls['tryProvider']['request']>,
): Promise<EngineReply<'tryProvider'>> {
  const { model, provider, threads } = request;
  await checkHash(model);
  const images = await Promise.all(request.images.map((image) => partImage(image)));
  const pictures = images.map(({ picture }) => picture);
  return aboutModel(model.path, () => tryOn(model.path, pictures, { provider, threads }));
}
