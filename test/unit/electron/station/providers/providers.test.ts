import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type {
  ProviderMeasurement,
  ProviderName,
  ProviderWish,
} from '../../../../../electron/contract/providers.ts';
import { KenroError } from '../../../../../electron/contract/errors.ts';
import { Providers } from '../../../../../electron/station/providers/providers.ts';
import { fakeEngine } from '../../../../support/fakeEngine.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';

const parity = { agrees: true, pictures: 2, worst: 1e-6, flips: 0, closeFlips: 0 };
const fast: ProviderMeasurement = { parity, p50Ms: 2, p95Ms: 3, openMs: 50 };
const slow: ProviderMeasurement = { ...fast, p50Ms: 20 };
const image = { from: 'file', path: '/parts/1.png' } as const;

type Device = (path: string) => ProviderMeasurement | Promise<ProviderMeasurement>;

async function station(device: Device = () => fast) {
  const folder = await temporaryFolder();
  const engine = fakeEngine({
    configure: ({ provider }) => ({ provider, pid: 1, atOnce: 1 }),
  });
  const models = [{ name: 'disc', productId: 1, path: '/models/a.onnx', sha256: 'a'.repeat(64) }];
  const audited: string[] = [];
  const bugs: unknown[] = [];
  onTestFinished(() => expect(bugs).toEqual([]));
  let wish: ProviderWish = 'auto';
  let memoryMb = 0;
  const open = () =>
    new Providers({
      clock: { nowMs: () => 1000, monotonicMs: () => 0 },
      file: join(folder, 'providers.json'),
      config: { imagesDir: null, threads: 0, provider: 'cpu' },
      engine,
      startTrial: () =>
        fakeEngine({
          providers: () => ({ offered: ['cpu', 'webgpu'], runtime: '1.30' }),
          tryProvider: ({ provider, model }) => (provider === 'cpu' ? slow : device(model.path)),
        }),
      wanted: () => wish,
      memoryMb: () => memoryMb,
      inUse: () => models,
      images: async () => [image],
      onChanged: () => undefined,
      audit: (action) => audited.push(action),
      onBug: (thrown) => bugs.push(thrown),
    });
  const requests = () =>
    engine.calls
      .filter(({ name }) => name === 'configure')
      .map(({ request }) => request as { provider: ProviderName });
  const configured = () => requests().map(({ provider }) => provider);
  const allow = (mb: number) => (memoryMb = mb);
  return {
    folder,
    bugs,
    engine,
    models,
    audited,
    requests,
    configured,
    open,
    allow,
    want: (next: ProviderWish) => (wish = next),
  };
}

describe('Providers', () => {
  it('judges on a device once it was measured to be right and clearly faster', async () => {
    const { open, configured, audited } = await station();
    const providers = open();
    await providers.start();
    expect(providers.state.active).toBe('cpu');
    await providers.measure();
    expect(providers.state).toMatchObject({ active: 'webgpu', measuring: false, model: 'disc' });
    expect(configured()).toEqual(['webgpu']);
    expect(audited).toEqual(['provider.change']);
    await providers.stop();
  });

  it('does not measure by itself what nobody judges with any more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { open, models, audited } = await station();
    const providers = open();
    await providers.start();
    models.length = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(audited).toEqual([]);
    await providers.stop();
  });

  it('remembers the measurement, and a failure since, over a restart', async () => {
    const { open } = await station();
    const first = open();
    await first.measure();
    first.failed('webgpu', { kind: 'engineTimeout', params: {} });
    expect(first.state.active).toBe('cpu');
    await expect
      .poll(async () => {
        const second = open();
        await second.start();
        const { active, fallback } = second.state;
        await second.stop();
        return [active, fallback?.provider];
      })
      .toEqual(['cpu', 'webgpu']);
    await first.measure();
    expect(first.state).toMatchObject({ active: 'webgpu', fallback: null });
    await first.stop();
  });

  it('goes back to the processor as soon as a detector is in use that was not compared', async () => {
    const { open, models, configured } = await station();
    const providers = open();
    await providers.measure();
    models.push({ name: 'new', productId: 2, path: '/models/b.onnx', sha256: 'b'.repeat(64) });
    await providers.follow();
    expect(configured()).toEqual(['webgpu', 'cpu']);
    await providers.stop();
  });

  it('does not follow a wish for a device that has not passed', async () => {
    const wrong = { ...fast, parity: { ...parity, agrees: false } };
    const { open, want, configured } = await station(() => wrong);
    want('webgpu');
    const providers = open();
    await providers.measure();
    expect(providers.state).toMatchObject({ wanted: 'webgpu', active: 'cpu' });
    expect(providers.state.trials.map(({ standing }) => standing)).toEqual(['fastest', 'differs']);
    expect(configured()).toEqual([]);
    await providers.stop();
  });

  it('survives a driver that takes the trial with it', async () => {
    const { open } = await station(() => {
      throw new KenroError('engineLost');
    });
    const providers = open();
    await providers.measure();
    expect(providers.state.trials[1]).toMatchObject({ standing: 'failed', error: { kind: 'engineLost' } });
    expect(providers.state.active).toBe('cpu');
    await providers.stop();
  });

  it('measures anew where the file is no measurement', async () => {
    const { folder, open } = await station();
    await writeFile(join(folder, 'providers.json'), '{"trials": 3');
    const providers = open();
    await providers.start();
    expect(providers.state.trials).toEqual([]);
    await providers.measure();
    expect(JSON.parse(await readFile(join(folder, 'providers.json'), 'utf8'))).toMatchObject({
      runtime: '1.30',
    });
    await providers.stop();
  });

  it('trusts no measurement of another version of onnxruntime, says so, and measures anew', async () => {
    const { folder, open, configured } = await station();
    const first = open();
    await first.measure();
    await first.stop();
    const file = join(folder, 'providers.json');
    const measured = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...measured, runtime: '1.29' }));

    const second = open();
    await second.start();
    expect(second.state).toMatchObject({
      active: 'cpu',
      outdated: { measuredWith: '1.29', runtime: '1.30' },
    });
    expect(configured()).toEqual(['webgpu']);
    await second.measure();
    expect(second.state.active).toBe('webgpu');
    expect(second.state).not.toHaveProperty('outdated');
    await second.stop();
  });

  it('judges in half precision where that was measured to be right and faster, with the detectors opened before', async () => {
    const half = { parity, p50Ms: 1 };
    const { open, requests } = await station(() => ({ ...fast, half }));
    const providers = open();
    await providers.measure();
    expect(requests().at(-1)).toMatchObject({
      ...{ provider: 'webgpu', precision: 'half' },
      models: [{ path: '/models/a.onnx', sha256: 'a'.repeat(64) }],
    });
    await providers.stop();
  });

  it('keeps to the processor a device that cannot be configured', async () => {
    const { open, engine } = await station();
    engine.handle('configure', () => {
      throw new KenroError('engineTimeout');
    });
    const providers = open();
    await providers.measure();
    expect(providers.state).toMatchObject({
      active: 'cpu',
      fallback: { provider: 'webgpu', error: { kind: 'engineTimeout' } },
    });
    await providers.stop();
  });

  it('follows a limit of memory as soon as it is set', async () => {
    const grownBytes = 600 * 1024 * 1024;
    const { open, allow } = await station(() => ({ ...fast, grownBytes }));
    const providers = open();
    await providers.measure();
    expect(providers.state.active).toBe('webgpu');
    allow(512);
    await providers.follow();
    expect(providers.state.active).toBe('cpu');
    expect(providers.state.trials.map(({ standing }) => standing)).toEqual(['fastest', 'tooLarge']);
    await providers.stop();
  });

  it('does not measure by itself while somebody measures', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { open, bugs } = await station(async () => {
      await held;
      return fast;
    });
    const providers = open();
    await providers.start();
    const measured = providers.measure();
    await vi.advanceTimersByTimeAsync(60_000);
    release();
    await measured;
    expect(providers.state.active).toBe('webgpu');
    expect(bugs).toEqual([]);
    await providers.stop();
  });
});
