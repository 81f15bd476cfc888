import { disturbanceWords, type DisturbanceName } from '../../../contract/disturbances.ts';
import type { EvaluateReply } from '../../../contract/evaluation.ts';
import type { ReportData, ReportLanguage } from '../../../contract/report.ts';
import { formatsOf, type Formats } from '../../formats.ts';
import { textsOf } from '../texts/index.ts';
import type { ReportTexts } from '../texts/texts.ts';

/** What every part of the page is made from; models bear their role in their names. */
export interface View {
  readonly data: ReportData;
  readonly language: ReportLanguage;
  readonly texts: ReportTexts;
  readonly format: Formats;
}

export function viewOf(data: ReportData, language: ReportLanguage): View {
  const texts = textsOf(language);
  const models = data.models.map((model) => {
    return model.role === null ? model : { ...model, name: texts.roles[model.role](model.name) };
  });
  return { data: { ...data, models }, language, texts, format: formatsOf(language, texts) };
}

/** What people call a disturbance; one that is not of the suite keeps its name. */
export function disturbanceWord(name: string, { language }: View): string {
  return name in disturbanceWords ? disturbanceWords[name as DisturbanceName][language] : name;
}

const norms: Readonly<Record<string, string>> = { linf: 'L∞', l2: 'L2' };

export function normWord(norm: string): string {
  return norms[norm] ?? norm;
}

/** `clean`, `gaussian-noise/3` or `linf:0.0078` in words. */
export function conditionWord(name: string, view: View): string {
  const { texts, format } = view;
  if (name === 'clean') return texts.undisturbed;
  const [disturbance, severity] = name.split('/');
  if (severity !== undefined) return texts.condition(disturbanceWord(disturbance!, view), severity);
  const attack = view.data.models[0]!.evaluation.robust.find((each) => each.name === name);
  return texts.attacked(normWord(name.split(':')[0]!), format.radius(attack!.epsilon));
}

/** A kind of part. */
export function labelWord(label: string, { texts }: View): string {
  return label === 'ok' ? texts.good : label === 'ng' ? texts.defective : label;
}

/** `1,234 JPY` */
export function money(value: number, { data, format }: View): string {
  return `${format.amount(value)} ${data.settings.costs.currency}`;
}

/** The figures of one condition; undefined where it was not measured. */
export function conditionOf(
  { conditions }: EvaluateReply,
  name: string,
): EvaluateReply['conditions'][number] | undefined {
  return conditions.find((condition) => condition.name === name);
}
