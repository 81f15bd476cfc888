import { describe, expect, it, test } from 'vitest';
import { heatColour, heatLegend, heatmapPixels } from '../../../renderer/src/charts/heatmap.ts';

const map = { width: 2, height: 1, low: 0, high: 10, data: btoa(String.fromCharCode(0, 255)) };
const thresholds = { review: 0.9, ng: 1 };
const opacities = (pixels: Uint8ClampedArray) => [pixels[3], pixels[7]];

describe('heatmapPixels', () => {
  it('leaves a good part clear, however far its map is stretched', () => {
    expect(opacities(heatmapPixels(map, { score: 0.5, thresholds }))).toEqual([0, 0]);
  });

  it('shows the hottest place of a bad part in full colour and its coldest clear', () => {
    const [cold, hot] = opacities(heatmapPixels(map, { score: 3, thresholds }));
    expect(cold).toBe(0);
    expect(hot).toBeGreaterThan(200);
  });

  it('uses the range of the map where there is no threshold', () => {
    const [cold, hot] = opacities(heatmapPixels(map, { score: 3, thresholds: null }));
    expect(cold).toBe(0);
    expect(hot).toBeGreaterThan(200);
  });

  it('answers a flat map with clear pixels', () => {
    const flat = { ...map, high: 0 };
    expect(opacities(heatmapPixels(flat, { score: 0.2, thresholds }))).toEqual([0, 0]);
  });
});

describe('heatColour', () => {
  it('grows in opacity from end to end and stays within bytes', () => {
    let before = -1;
    for (let t = -0.5; t <= 1.5; t += 0.05) {
      const colour = heatColour(t);
      expect(colour[3]).toBeGreaterThanOrEqual(before);
      for (const channel of colour) expect(channel >= 0 && channel <= 255).toBe(true);
      before = colour[3];
    }
  });
});

test('the legend marks the colour that a part at the NG threshold has', () => {
  const pixels = heatmapPixels(map, { score: thresholds.ng, thresholds });
  expect([...pixels.slice(4)]).toEqual(heatColour(heatLegend.threshold));
});
