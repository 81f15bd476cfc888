import type { EvaluateReply } from '../../contract/evaluation.ts';
import type { ReportData, ReportModel } from '../../contract/report.ts';
import { byteOrderMark, csvLine, type Cell } from '../csv.ts';

type Condition = EvaluateReply['conditions'][number];
type Rate = Condition['falseAlarms'];

interface Row {
  readonly model: ReportModel;
  readonly condition: Condition;
}

const rate = (name: string, of: (condition: Condition) => Rate): [string, (row: Row) => Cell][] => [
  [name, ({ condition }) => of(condition)?.value ?? null],
  [`${name}Low`, ({ condition }) => of(condition)?.interval[0] ?? null],
  [`${name}High`, ({ condition }) => of(condition)?.interval[1] ?? null],
];

/** What the condition would cost if the line saw nothing else; of those in its mix. */
const costOf = ({ model, condition }: Row) =>
  model.evaluation.cost?.byCondition.find(({ name }) => name === condition.name);

/** Of those under attack: verdicts that withstood. */
const heldOf = ({ model, condition }: Row) =>
  model.evaluation.robust.find(({ name }) => name === condition.name)?.verdicts;

/** Header and content of each column, in order. */
const columns: readonly (readonly [string, (row: Row) => Cell])[] = [
  ['model', ({ model }) => model.name],
  ['role', ({ model }) => model.role],
  ['file', ({ model }) => model.evaluation.model],
  ['sha256', ({ model }) => model.evaluation.sha256],
  ['condition', ({ condition }) => condition.name],
  ['kind', ({ condition }) => condition.kind],
  ['images', ({ condition }) => condition.accuracy.of],
  ...rate('accuracy', ({ accuracy }) => accuracy),
  ...rate('falseAlarmRate', ({ falseAlarms }) => falseAlarms),
  ...rate('escapeRate', ({ escapes }) => escapes),
  ...rate('reviewRate', ({ reviews }) => reviews),
  ['verdictsHeld', (row) => heldOf(row)?.value ?? null],
  ['verdictsHeldLow', (row) => heldOf(row)?.interval[0] ?? null],
  ['verdictsHeldHigh', (row) => heldOf(row)?.interval[1] ?? null],
  ['weight', (row) => costOf(row)?.weight ?? null],
  ['costPerThousand', (row) => costOf(row)?.value ?? null],
];

/** The figures of an evaluation as CSV: a line for each model under each condition, intervals at 95 %. */
export function reportCsv({ models }: ReportData): string {
  const rows = models.flatMap((model) =>
    model.evaluation.conditions.map((condition) => columns.map(([, cell]) => cell({ model, condition }))),
  );
  return byteOrderMark + [columns.map(([name]) => name), ...rows].map(csvLine).join('');
}
