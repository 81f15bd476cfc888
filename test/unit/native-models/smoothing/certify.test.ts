import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import {
  certify,
  fewestLooks,
  type DrawLooks,
  type SmoothingSettings,
} from '../../../../native-models/smoothing/certify.ts';
import { lowerBound } from '../../../../native-models/statistics/binomial.ts';
import { normalQuantile } from '../../../../native-models/statistics/normal.ts';

const usual: SmoothingSettings = { sigma: 0.25, alpha: 0.001, rule: 'none', radius: null, n0: 100, n: 1000 };

/** Takes from a list of classes, at most `most` at one time, and nothing beyond its end. */
function script(classes: readonly number[], most = 64) {
  let at = 0;
  const asked: number[] = [];
  const draw: DrawLooks = async (count) => {
    asked.push(count);
    const taken = classes.slice(at, at + Math.min(count, most));
    at += taken.length;
    return taken;
  };
  return { draw, asked, taken: () => at };
}

const always = (length: number, value = 2) => Array.from({ length }, () => value);

describe('certify', () => {
  it('is the certificate of Cohen et al. where nothing stops it early', async () => {
    const estimation = Array.from({ length: 1000 }, (_, at) => (at % 10 === 0 ? 1 : 2));
    const certificate = await certify(usual, 7, script([...always(51), ...estimation]).draw);
    expect(certificate).toEqual({
      ...{ sigma: 0.25, alpha: 0.001, rule: 'none', wantedRadius: null, seed: 7 },
      ...{ n0: 51, n: 1000, hits: 900, predicted: 2, abstained: false, isCertified: true, ended: 'looks' },
      radius: 0.25 * normalQuantile(lowerBound(900, 1000, 0.001)),
    });
  });

  it('chooses as all n0 looks would, with no more looks than that takes', async () => {
    const random = seededRandom(2);
    for (let part = 0; part < 200; part++) {
      const shares = [random.uniform(), random.uniform()];
      const looks = Array.from({ length: 100 }, () => {
        const u = random.uniform() * 2;
        return u < shares[0]! ? 0 : u < 1 ? 1 : u < 1 + shares[1]! ? 2 : 3;
      });
      const counts = [0, 1, 2, 3].map((k) => looks.filter((each) => each === k).length);
      const { predicted, n0 } = await certify(usual, 0, script([...looks], 1 + random.integer(9)).draw);
      expect(counts[predicted!]).toBe(Math.max(...counts));
      expect(n0).toBeLessThanOrEqual(100);
    }
    expect((await certify(usual, 0, script(always(100)).draw)).n0).toBe(51);
  });

  it.each(['betting', 'bonferroni'] as const)('stops early at a wanted radius, rule %s', async (rule) => {
    const looks = script(always(10_000));
    const certificate = await certify({ ...usual, rule, radius: 0.25, n: 9000 }, 0, looks.draw);
    expect(certificate).toMatchObject({ isCertified: true, ended: 'settled' });
    expect(certificate.radius).toBeGreaterThanOrEqual(0.25);
    expect(certificate.n).toBeLessThan(100);
    // Not one look that was not needed.
    expect(looks.taken()).toBe(certificate.n0 + certificate.n);
  });

  it.each(['betting', 'bonferroni'] as const)(
    'stops early where it is out of reach, rule %s',
    async (rule) => {
      const estimation = Array.from({ length: 9000 }, (_, at) => (at % 3 === 0 ? 1 : 2));
      const asked = { ...usual, rule, radius: 0.5, n: 9000 };
      const certificate = await certify(asked, 0, script([...always(51), ...estimation]).draw);
      expect(certificate).toMatchObject({ isCertified: false, ended: 'settled', predicted: 2 });
      expect(certificate.n).toBeLessThan(200);
      expect(certificate.radius).toBeLessThan(0.5);
    },
  );

  it('abstains where no class is most frequent for sure', async () => {
    const even = Array.from({ length: 5000 }, (_, at) => at % 2);
    for (const rule of ['betting', 'bonferroni', 'none'] as const) {
      for (const radius of [null, 0]) {
        expect(await certify({ ...usual, rule, radius }, 0, script(even).draw)).toMatchObject({
          ...{ abstained: true, radius: 0, isCertified: false, ended: 'looks' },
        });
      }
    }
  });

  it('abstains from a class that came first but does not come often', async () => {
    const looks = [...always(51), ...always(5000, 1)];
    const certificate = await certify({ ...usual, rule: 'betting' }, 0, script(looks).draw);
    expect(certificate).toMatchObject({ predicted: 2, abstained: true, radius: 0, ended: 'settled' });
    expect(certificate.n).toBeLessThan(50);
  });

  describe('when the time is up', () => {
    const cut = (rule: SmoothingSettings['rule'], looks: number, radius: number | null = null) =>
      certify({ ...usual, rule, radius }, 0, script(always(looks)).draw);

    it('keeps what a betting sequence has shown so far', async () => {
      const certificate = await cut('betting', 51 + 80);
      expect(certificate).toMatchObject({ ended: 'time', n: 80, abstained: false, isCertified: true });
      expect(certificate.radius).toBeGreaterThan(0.2);
    });

    it('keeps the last full stage of doubling stages', async () => {
      const full = await cut('bonferroni', 51 + 64);
      const more = await cut('bonferroni', 51 + 100);
      expect(full.radius).toBeGreaterThan(0);
      expect(more).toMatchObject({ n: 100, radius: full.radius });
    });

    it('has nothing where the number of looks was fixed', async () => {
      expect(await cut('none', 51 + 900)).toMatchObject({ abstained: true, radius: 0, ended: 'time' });
    });

    it('does not certify what is undecided', async () => {
      expect(await cut('betting', 51 + 20, 0.5)).toMatchObject({ ended: 'time', isCertified: false });
    });

    it('abstains before the class is chosen, and before any look', async () => {
      expect(await cut('betting', 30)).toMatchObject({ predicted: 2, n0: 30, n: 0, abstained: true });
      expect(await cut('betting', 0)).toMatchObject({ predicted: null, n0: 0, abstained: true });
    });
  });
});

describe('fewestLooks', () => {
  const settings: SmoothingSettings = { sigma: 1, alpha: 0.01, rule: 'betting', radius: 0.25, n0: 0, n: 200 };

  it.each([0, 8])('is what looks that all agree take, with %i looks that choose', async (n0) => {
    const fewest = fewestLooks({ ...settings, n0 })!;
    const draw = async (count: number) => new Uint16Array(count);
    const { n0: chose, n, isCertified } = await certify({ ...settings, n0 }, 0, draw, 0);
    expect([chose + n, isCertified]).toEqual([fewest, true]);
  });

  it('is none where the looks allowed cannot be enough', () => {
    const fewest = fewestLooks(settings)!;
    expect(fewestLooks({ ...settings, n: Math.floor(fewest / 2) })).toBeNull();
    expect(fewestLooks({ ...settings, n: fewest })).not.toBeNull();
  });
});
