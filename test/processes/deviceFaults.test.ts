import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { runtimeVersion } from '../../native-models/runtime/session.ts';
import { realStarter } from '../support/realStarter.ts';
import { startStationProcess, type StationProcess } from '../support/stationProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const patient = { timeout: 60_000, interval: 100 };
/** Parts after the fault, before the test looks. */
const partsAfter = 6;
const faulty = pathToFileURL(join(import.meta.dirname, '../support/faultyDevice.ts')).href;

let starterDir: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kenro-starter-'));
  starterDir = await realStarter(folder);
  return () => rm(folder, { recursive: true, force: true });
});

/** A station whose last measurement found WebGPU right and fast on the tile's detector, its line still paused. */
async function stationOn(fault: string): Promise<StationProcess> {
  const dataDir = join(await temporaryFolder(), 'data');
  const first = await startStationProcess(dataDir, starterDir);
  const [{ sha256 } = { sha256: '' }] = (await first.call('station.snapshot', {})).models;
  await first.kill();
  const parity = { agrees: true, pictures: 12, worst: 1e-6, flips: 0, closeFlips: 0 };
  const measurement = { parity, p50Ms: 1, p95Ms: 1, openMs: 1 };
  const trials = [{ provider: 'webgpu', standing: 'fastest', measurement, error: null }];
  const measured = { runtime: runtimeVersion, models: [sha256], model: 'Small', measuredMs: 1, trials };
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, 'providers.json'), JSON.stringify({ ...measured, fallback: null }));
  return startStationProcess(dataDir, starterDir, {
    NODE_OPTIONS: `--import=${faulty}`,
    KENRO_DEVICE_FAULT: fault,
  });
}

describe('a device that goes wrong between two parts of a running line', () => {
  it.each([
    ['throw', 'modelShapeUnresolved'],
    ['nan', 'outputNotFinite'],
    ['hang', 'engineTimeout'],
    ['crash', 'engineLost'],
  ])(
    '(%s): the processor judges that part and all others, none is lost, and the audit trail says why',
    async (fault, kind) => {
      const station = await stationOn(fault);
      const tile = (await station.call('station.snapshot', {})).sources.find(
        ({ config }) => config.kind === 'demo' && config.part === 'tile',
      )!;
      const parts = async () => {
        const filter = { ...everything, sourceId: tile.id };
        const page = { filter, before: null, after: null, limit: 200 };
        return (await station.call('history.page', page)).rows.toReversed();
      };
      const provider = async () => (await station.call('station.snapshot', {})).provider;
      const config = { ...tile.config, intervalMs: 200 };
      await station.call('source.change', { id: tile.id, paused: false, config: config as never });
      expect((await provider()).active).toBe('webgpu');

      await expect.poll(async () => (await provider()).fallback?.error.kind, patient).toBe(kind);
      expect((await provider()).active).toBe('cpu');
      const known = (await parts()).length;
      await expect.poll(async () => (await parts()).length, patient).toBeGreaterThan(known + partsAfter);

      const judged = await parts();
      expect(judged.map(({ origin }) => Number(origin))).toEqual(judged.map((_, index) => index));
      for (const { score, reason } of judged)
        expect({ score: typeof score, reason }).toEqual({ score: 'number', reason: null });
      const { entries } = await station.call('audit.page', { before: null, limit: 50 });
      expect(entries.filter(({ action }) => action === 'provider.fallback')).toMatchObject([
        { actor: 'station', detail: { provider: 'webgpu', error: { kind } } },
      ]);
    },
    120_000,
  );
});
