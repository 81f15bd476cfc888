import { describe, expect, it } from 'vitest';
import { Victim } from '../../../../../native-models/attacks/victim.ts';
import { subjectOf } from '../../../../../native-models/evaluate/subject.ts';
import { siteProfile } from '../../../../../native-models/images/site/profile.ts';
import { withClassifierCard } from '../../../../../native-models/training/classifierCard.ts';
import { readParameters } from '../../../../../native-models/training/parameters.ts';
import { KpiValidation } from '../../../../../native-models/training/robust/kpiValidation.ts';
import { looksAt } from '../../../../../native-models/training/robust/mixJudge.ts';
import { PictureCache } from '../../../../../native-models/training/robust/robustSource.ts';
import { surveyImages } from '../../../../../native-models/training/trainingImages.ts';
import { rowsCard, rowsNetwork, rowsPicture } from '../../../../support/judgingClassifier.ts';
import { costModel } from '../../evaluate/costModels.ts';

const model = withClassifierCard(rowsNetwork(60), rowsCard);
const site = siteProfile({ clean: 1 });
/** As likely one defect as the other, and not far from good: its class turns into the other defect first. */
type Levels = readonly [crack: number, dent: number, good: number];
const parts: readonly { readonly label: string; readonly levels: Levels }[] = [
  ...[0.5, 0.51, 0.52].map((level) => ({ label: 'ok', levels: [0.3, 0.3, level] as Levels })),
  ...[0.56, 0.57, 0.58].map((level) => ({ label: 'crack', levels: [level, level - 0.01, 0.55] as Levels })),
];

async function measured(attacksVerdict: boolean) {
  const subject = subjectOf(model);
  const attacked = { ...subject.attacked(1), parameters: ['weight'] };
  const victim = new Victim(attacked, { threads: 1 });
  const verdict = attacksVerdict ? new Victim(subject.ofVerdict(attacked)!, { threads: 1 }) : null;
  const { images } = await surveyImages(
    parts.map(({ label, levels }, at) => {
      const picture = rowsPicture(...levels);
      const about = { name: `${label} ${at}`, label, split: null, group: null, weight: 1 };
      return { ...about, load: () => Promise.resolve(picture) };
    }),
    {},
  );
  const settings = {
    ...{ site, costs: costModel({ escape: 50, attackWeight: 1 }), epsilon: 0.04, seed: 1 },
    ...{ norm: 'linf' as const, objective: 'corruptions' as const, attackSteps: 10 },
  };
  const kpi = new KpiValidation({
    ...{ subject, victim, verdict, settings, pictures: new PictureCache(1e6), batch: 8 },
    ...{ underAttack: true, calibration: [], validation: images },
  });
  const parameters = readParameters(attacked.model, ['weight']);
  const { given } = await kpi.measureGiven(parameters, { review: 0.5, ng: 0.5 }, true);
  const forwards = victim.cost.forwards + (verdict?.cost.forwards ?? 0);
  await victim.close();
  await verdict?.close();
  return { given, forwards: forwards / images.length };
}

describe('validation of a classifier of several defect types under attack', () => {
  it('bills the verdicts that an attack on the verdict brings about, not those that one on the class leaves', async () => {
    const [ofClass, ofVerdict] = [await measured(false), await measured(true)];
    expect(ofVerdict.given.clean).toBe(1);
    expect(ofVerdict.given.escapeRate!).toBeGreaterThan(ofClass.given.escapeRate!);
    expect(ofVerdict.given.cost).toBeGreaterThan(ofClass.given.cost);
  });

  it('looks as often as it was said it would', async () => {
    const attack = { steps: 10, isWhole: true };
    for (const apart of [false, true]) {
      const { forwards, gradients } = looksAt({ site }, attack, apart);
      expect((await measured(apart)).forwards).toBe(forwards + gradients);
    }
  });
});
