import { describe, expect, it } from 'vitest';
import { verdictModel } from '../../../../native-models/attacks/attackedModel.ts';
import { Victim } from '../../../../native-models/attacks/victim.ts';
import { openDetector } from '../../../../native-models/detectors/detector.ts';
import { isSafe, limitsOf, verdictOf } from '../../../../native-models/detectors/verdict.ts';
import { attackImages } from '../../../../native-models/evaluate/attackImages.ts';
import { calibrate } from '../../../../native-models/evaluate/calibrate.ts';
import { evaluateDetector } from '../../../../native-models/evaluate/evaluateDetector.ts';
import { evaluateModel } from '../../../../native-models/evaluate/evaluateModel.ts';
import { pixelsOf } from '../../../../native-models/evaluate/pixelSource.ts';
import { siteCost } from '../../../../native-models/evaluate/siteCost.ts';
import { subjectOf } from '../../../../native-models/evaluate/subject.ts';
import { siteProfile } from '../../../../native-models/images/site/profile.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { withClassifierCard } from '../../../../native-models/training/classifierCard.ts';
import {
  judgingClassifier,
  judgingLabels,
  rowsCard,
  rowsImage,
  rowsNetwork,
  rowsPicture,
} from '../../../support/judgingClassifier.ts';
import { costModel } from './costModels.ts';

const session = { threads: 1 };
const base = { corruptions: [], attacks: null, batch: 4, seed: 0, session };
/** A dent is stopped from far lower on than anything else. */
const common = { review: 0.6, ng: 0.9 };
const dent = { review: 0.05, ng: 0.2 };
const judge = judgingClassifier(common, { dent });
const limits = limitsOf({ thresholds: common, thresholdsByLabel: { dent } });

const images = [
  rowsImage('ok', 0.3, 0.3, 0.8),
  rowsImage('ok', 0.1, 0.62, 0.7),
  rowsImage('ok', 0.62, 0.1, 0.7),
  rowsImage('crack', 0.75, 0.3, 0.7),
  rowsImage('crack', 0.9, 0.2, 0.5),
  rowsImage('dent', 0.2, 0.61, 0.7),
  rowsImage('dent', 0.2, 0.66, 0.7),
];

describe('a classifier with thresholds of single types', () => {
  it('is evaluated with the verdicts that the live detector gives', async () => {
    const evaluation = await evaluateModel(judge, { ...base, images });
    const detector = await openDetector(judge, session);
    const live = await evaluateDetector(detector, { images });
    const verdicts = evaluation.clean!.scores.map(({ verdict }) => verdict);
    for (const [at, image] of images.entries()) {
      const { score, label } = await detector.judge(await image.load());
      expect(verdicts[at], image.name).toBe(verdictOf(score, limits, label));
      expect(evaluation.conditions[0]!.scores[at]).toBeCloseTo(score, 6);
      expect(evaluation.conditions[0]!.types[at]).toBe(label);
    }
    await detector.close();
    expect(live.scores.map(({ verdict }) => verdict)).toEqual(verdicts);
    // With the common pair alone the second part would pass, and both dents with it.
    expect(verdicts.slice(0, 3)).toEqual(['OK', 'REVIEW', 'OK']);
    expect(verdicts.slice(5)).toEqual(['REVIEW', 'NG']);
    expect(evaluation.thresholds).toEqual(limits);
  });

  it('costs what these verdicts cost', async () => {
    const line = {
      site: siteProfile({ clean: 1 }),
      costs: costModel({ review: 1, falseAlarm: 5, escape: 100 }),
    };
    const resampling = { replicates: 10, random: seededRandom(1) };
    const cost = async (thresholds: typeof limits | null) =>
      siteCost(await evaluateModel(judge, { ...base, images, thresholds }), line, resampling)!;
    const own = await cost(null);
    expect(own.reviewRate).toBeGreaterThan(0);
    expect(own.escapeRate).toBe(0);
    expect((await cost(common)).escapeRate).toBeGreaterThan(0);
  });

  it('may be given other thresholds for every type', async () => {
    const { clean } = await evaluateModel(judge, { ...base, images, thresholds: { review: 0, ng: 0 } });
    expect(clean!.scores.every(({ verdict }) => verdict === 'NG')).toBe(true);
  });

  it('gets thresholds of its types anew where they are chosen by cost', async () => {
    // Cracks are plain to see; dents lie where good parts that look like cracks do, but above those that look like dents.
    const many = Array.from({ length: 12 }, (_, at) => [
      rowsImage('ok', 0.66 + at / 400, 0.2, 0.7),
      rowsImage('ok', 0.2, 0.5 + at / 400, 0.7),
      rowsImage('crack', 0.78 + at / 400, 0.2, 0.7),
      rowsImage('dent', 0.2, 0.62 + at / 400, 0.7),
    ]).flat();
    const line = {
      site: siteProfile({ clean: 1 }),
      costs: costModel({ review: 1, falseAlarm: 1, escape: 10 }),
    };
    const { thresholds } = await calibrate(judge, { ...base, images: many }, line);
    expect(thresholds!.byType?.['dent']?.ng).toBeLessThan(thresholds!.ng);
    const { clean } = await evaluateModel(judge, { ...base, images: many, thresholds });
    const { escapes, falseAlarms } = clean!;
    expect([escapes!.hits, falseAlarms!.hits]).toEqual([0, 0]);
  });
});

describe('thresholds chosen under attack', () => {
  it('do not depend on those that the model had: images are driven to the end', async () => {
    const random = seededRandom(7);
    const many = Array.from({ length: 12 }, () => [
      rowsImage('ok', 0.3, 0.45 + 0.1 * random.uniform(), 0.6),
      rowsImage('dent', 0.3, 0.65 + 0.1 * random.uniform(), 0.6),
    ]).flat();
    const costs = costModel({ review: 1, falseAlarm: 1, escape: 10, attackWeight: 0.5 });
    const line = { site: siteProfile({ clean: 1 }), costs };
    const attacks = {
      attacks: ['pgd', 'square'],
      norm: 'linf' as const,
      epsilons: [0.02],
      steps: { square: 20 },
    };
    const chosen = async (own: { review: number; ng: number }) =>
      (await calibrate(judgingClassifier(own, {}), { ...base, images: many, attacks, batch: 24 }, line))
        .thresholds!;
    const [low, high] = [await chosen({ review: 0.1, ng: 0.1 }), await chosen({ review: 0.9, ng: 0.9 })];
    expect(low.ng).toBeCloseTo(high.ng, 5);
  });
});

describe('the verdict of a classifier as a model', () => {
  const raw = withClassifierCard(rowsNetwork(200), rowsCard);

  it('has the log-odds of its score against the threshold of the likeliest type for logits', async () => {
    const subject = subjectOf(judge);
    const victim = new Victim(subject.attacked(1), session);
    const pixels = pixelsOf([rowsPicture(0.72, 0.3, 0.7), rowsPicture(0.2, 0.61, 0.7)], victim);
    const { logits, readings } = await victim.read(pixels);
    await victim.close();
    const logOdds = (p: number) => Math.log(p / (1 - p));
    [common.ng, dent.ng].forEach((threshold, at) => {
      const { score } = subject.read(readings.subarray(3 * at, 3 * at + 3));
      expect(Math.abs(logits[2 * at]!)).toBe(0);
      expect(logits[2 * at + 1]).toBeCloseTo(logOdds(score!) - logOdds(threshold), 3);
    });
  });

  it('has a gradient where the probability itself is 1 in float32', async () => {
    const subject = subjectOf(raw);
    const isOk = judgingLabels.map((label) => label === 'good');
    const classes = { labels: judgingLabels, isOk, temperature: 1, limits: { review: 0.5, ng: 0.5 } };
    const victim = new Victim(verdictModel(subject.attacked(1), classes), session);
    const pixels = pixelsOf([rowsPicture(1, 0, 0)], victim);
    expect(subject.read((await victim.read(pixels)).readings).score).toBe(1);
    const { gradient } = await victim.slope('margin', pixels, [1]);
    await victim.close();
    expect(gradient.some((value) => value !== 0)).toBe(true);
  });

  it('is not there for two classes whose likelier one is the verdict, or without a class that means OK', () => {
    const named = (labels: string[], limits?: { review: number; ng: number }) => {
      const subject = subjectOf(withClassifierCard(rowsNetwork(), { ...rowsCard, labels }), limits);
      return subject.ofVerdict(subject.attacked(1));
    };
    expect(named(['a', 'b', 'c'])).toBeNull();
    expect(named(['good', 'b', 'c'])).not.toBeNull();
  });
});

describe('what a classifier calls parts', () => {
  it('follows from its verdict, beside which it stands, not from its likeliest class', async () => {
    const raw = withClassifierCard(rowsNetwork(20), rowsCard);
    // Good is the likeliest class, but less likely than the two defects together.
    const { types, clean } = await evaluateModel(raw, { ...base, images: [rowsImage('ok', 0.5, 0.5, 0.51)] });
    expect(clean!.falseAlarms!.hits).toBe(1);
    expect(types!.rows[0]!.named.hits).toBe(0);
    const banded = { review: 0.5, ng: 0.9 };
    const reviewed = await evaluateModel(raw, {
      ...{ ...base, thresholds: banded, images: [rowsImage('crack', 0.56, 0.3, 0.5)] },
    });
    expect(reviewed.types!.columns[reviewed.types!.rows[0]!.said.indexOf(1)]).toBe('review');
  });
});

describe('attacks on the verdict', () => {
  const raw = withClassifierCard(rowsNetwork(20), rowsCard);
  const attacks = { attacks: ['pgd', 'apgd-margin'], norm: 'linf' as const, epsilons: [0.03], steps: {} };
  // Either defect is as likely as the other: the class turns at once, the verdict stays NG.
  const between = rowsImage('crack', 0.91, 0.9, 0.5);
  // The class is good by a hair, but a sum of two defects already outweighs it.
  const spread = rowsImage('crack', 0.52, 0.5, 0.5);

  it('leave alone what only changes the class', async () => {
    const { robust } = await evaluateModel(raw, { ...base, images: [between], attacks });
    expect(robust[0]!.accuracy.hits).toBe(0);
    expect(robust[0]!.verdicts!.hits).toBe(1);
  });

  it('let no more verdicts stand than those on the class leave, and find some of their own', async () => {
    const random = seededRandom(5);
    const many = Array.from({ length: 40 }, (_, at) => {
      const level = () => 0.4 + 0.12 * random.uniform();
      return at % 2 === 0
        ? rowsImage('ok', level(), level(), 0.57)
        : rowsImage('dent', level(), 0.5 + 0.1 * random.uniform(), 0.5);
    });
    const thresholds = { review: 0.5, ng: 0.8 };
    const held = async (verdicts: boolean) => {
      const evaluation = await evaluateModel(raw, {
        ...{ ...base, images: many, thresholds, batch: 40 },
        attacks: { ...attacks, verdicts },
      });
      return evaluation.robust[0]!;
    };
    const [byClass, byVerdict] = [await held(false), await held(true)];
    expect(byVerdict.accuracy).toEqual(byClass.accuracy);
    expect(byVerdict.verdicts!.hits).toBeLessThan(byClass.verdicts!.hits);
  });

  it('drive defective parts through the band of review until they pass, and good ones into NG', async () => {
    const band = { review: 0.3, ng: 0.9 };
    const wide = [rowsImage('dent', 0.3, 0.74, 0.6), rowsImage('ok', 0.3, 0.46, 0.6)];
    const strong = { ...attacks, epsilons: [0.15] };
    const { conditions, robust } = await evaluateModel(judgingClassifier(band, {}), {
      ...{ ...base, images: wide, attacks: strong },
    });
    const attacked = conditions.find(({ kind }) => kind === 'attacked')!;
    expect(attacked.scores[0]).toBeLessThan(band.review);
    expect(attacked.scores[1]).toBeGreaterThanOrEqual(band.ng);
    expect([attacked.escapes!.hits, attacked.falseAlarms!.hits, robust[0]!.verdicts!.hits]).toEqual([
      1, 1, 0,
    ]);
  });

  it('tell verdicts image by image', async () => {
    const attack = { attack: 'pgd', norm: 'linf' as const, epsilon: 0.03, batch: 4, seed: 0, session };
    const told = async (criterion: 'class' | 'verdict') =>
      attackImages(raw, { ...attack, images: [between, spread], criterion });
    const byVerdict = await told('verdict');
    expect(byVerdict.images.map(({ before }) => before)).toEqual(['NG', 'NG']);
    expect(byVerdict.images.map(({ after }) => after)).toEqual(['NG', 'OK']);
    expect(byVerdict.robustAccuracy.hits).toBe(1);
    expect((await told('class')).images[0]).toMatchObject({ before: 'crack', after: 'dent' });
  });

  it('stand in for ratios of logits, which need more classes, by the margin', async () => {
    const plan = { ...attacks, attacks: ['apgd-dlr'] };
    const { robust } = await evaluateModel(raw, { ...base, images: [spread], attacks: plan });
    expect(robust[0]!.verdicts!.hits).toBe(0);
  });

  it('need a class that means OK', async () => {
    const nameless = withClassifierCard(rowsNetwork(), { ...rowsCard, labels: ['a', 'b', 'c'] });
    const attack = { attack: 'pgd', norm: 'linf' as const, epsilon: 0.03, batch: 4, seed: 0, session };
    const refused = attackImages(nameless, {
      ...attack,
      images: [rowsImage('a', 0.1, 0.1, 0.9)],
      criterion: 'verdict',
    });
    await expect(refused).rejects.toThrow(/noOkClass/);
  });
});

describe('isSafe', () => {
  it('lets good parts pass and stops defective ones', () => {
    expect(['OK', 'REVIEW', 'NG'].map((verdict) => isSafe(verdict as 'OK', true))).toEqual([
      true,
      false,
      false,
    ]);
    expect(['OK', 'REVIEW', 'NG'].map((verdict) => isSafe(verdict as 'OK', false))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
