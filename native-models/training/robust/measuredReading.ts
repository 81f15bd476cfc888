import { Victim, type AttackedModel } from '../../attacks/victim.ts';
import type { SurveyedImage } from '../trainingImages.ts';
import { KpiValidation } from './kpiValidation.ts';
import type { PreparedFineTune, Reading } from './prepareFineTune.ts';
import { batchOf, isAttack, type FineTuneOptions } from './settings.ts';

/** A model as pictures reach it, open to be measured with whatever weights. */
export class MeasuredReading {
  readonly reading: Reading;
  /** What trains can be given other values. */
  readonly freed: AttackedModel;
  readonly victim: Victim;
  readonly batch: number;
  private readonly verdict: Victim | null;
  private readonly sides: PreparedFineTune['inner']['sides'];
  private readonly pictures: PreparedFineTune['inner']['pictures'];
  private readonly options: FineTuneOptions;

  constructor(
    reading: Reading,
    { inner: { sides, pictures } }: Pick<PreparedFineTune, 'inner'>,
    options: FineTuneOptions,
  ) {
    const { subject, attacked, adaptation } = reading;
    const { session, settings } = options;
    this.reading = reading;
    this.freed = { ...attacked, model: adaptation.model, parameters: adaptation.parameters };
    this.victim = new Victim(this.freed, session);
    const verdictAlone = subject.ofVerdict(this.freed);
    this.verdict = verdictAlone && new Victim(verdictAlone, session);
    this.batch = batchOf(settings);
    this.sides = sides;
    this.pictures = pictures;
    this.options = options;
  }

  /** @param validation what the cost is measured on */
  kpi(validation: readonly SurveyedImage[], underAttack = isAttack(this.options.settings)): KpiValidation {
    const { reading, victim, verdict, pictures, sides, batch } = this;
    const { settings, signal } = this.options;
    return new KpiValidation({
      ...{ subject: reading.subject, victim, verdict, pictures, validation, settings, batch, signal },
      // Images that serve for both are looked at once.
      ...{ underAttack, calibration: validation === sides.calibration ? [] : sides.calibration },
    });
  }

  async close(): Promise<void> {
    await this.victim.close();
    await this.verdict?.close();
  }
}
