import { describe, expect, it } from 'vitest';
import { usualSmoothing, type ProductSmoothing } from '../../../electron/contract/smoothing.ts';
import { isWithin } from '../../../renderer/src/state/limits.ts';
import {
  lookMs,
  SmoothingDraft,
  smoothingFields,
} from '../../../renderer/src/state/smoothingDraft.svelte.ts';
import { pageStates, settled } from './pageStates.ts';

async function drafted() {
  const { fake, station } = await pageStates(30);
  const draft = new SmoothingDraft(station, station.products[0]!);
  await settled();
  const asked = (name: string) => fake.calls.filter((call) => call.name === name);
  return { fake, station, draft, asked };
}

describe('SmoothingDraft', () => {
  it('offers the usual settings, off, with the noise on the newest part', async () => {
    const { draft } = await drafted();
    expect(draft.isOn).toBe(false);
    expect(draft.settings).toEqual(usualSmoothing);
    expect(draft.preview).toMatchObject({ partId: 1, noisy: btoa(String(usualSmoothing.sigma)) });
  });

  it('follows the settings with its preview, and goes from part to part', async () => {
    const { draft } = await drafted();
    draft.set('sigma', 0.1);
    await settled();
    expect(draft.preview?.noisy).toBe(btoa('0.1'));
    draft.another();
    await settled();
    expect(draft.preview?.partId).toBe(2);
  });

  it.each<[keyof ProductSmoothing, number]>([
    ['sigma', 0],
    ['sigma', NaN],
    ['alpha', 0.2],
    ['n', 20.5],
    ['n0', -1],
    ['budgetMs', 0],
    ['margin', 0],
  ])('asks nothing of the station while %s is %d', async (key, value) => {
    const { draft, asked } = await drafted();
    const before = asked('product.noise').length;
    draft.set(key, value);
    await settled();
    expect(draft.isRight).toBe(false);
    expect(asked('product.noise')).toHaveLength(before);
    const unit = key === 'alpha' || key === 'margin' ? 100 : 1;
    // What the field says is wrong is what cannot be saved.
    expect(isWithin(value * unit, smoothingFields[key])).toBe(false);
  });

  it('saves what was entered, and switches off', async () => {
    const { draft, station } = await drafted();
    draft.isOn = true;
    draft.set('radius', 0.05);
    expect(await draft.save()).toBe(true);
    expect(station.products[0]?.smoothing).toEqual({ ...usualSmoothing, radius: 0.05 });
    draft.isOn = false;
    await draft.save();
    expect(station.products[0]?.smoothing).toBeUndefined();
  });
});

describe('lookMs', () => {
  it('is the median of the product’s own parts', async () => {
    const { station } = await drafted();
    const { productId } = station.recent[0]!;
    const with_ = (ms: number) => {
      const part = station.recent[0]!;
      return { ...part, score: 1, latency: { ...part.latency, inferMs: ms } };
    };
    const parts = [9, 1, 5].map(with_);
    expect(lookMs([...parts, { ...with_(100), productId: productId + 1 }], productId)).toBe(5);
    expect(lookMs(parts, productId + 1)).toBeNull();
  });
});
