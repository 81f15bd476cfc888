import { listSupportedBackends } from 'onnxruntime-node';
import type { Provider } from './session.ts';

const known: ReadonlySet<string> = new Set<Provider>(['cpu', 'webgpu', 'cuda', 'dml']);

/**
 * Providers that this build of onnxruntime knows, the processor first. Whether this computer has the device, the driver
 * and the library for one of them only opening a session says.
 */
export function offeredProviders(): readonly Provider[] {
  const names = listSupportedBackends().map(({ name }) => name);
  const devices = names.filter((name): name is Provider => known.has(name) && name !== 'cpu');
  return ['cpu', ...devices];
}
