import type { ArmFigures, Gate } from '../../contract/rollout.ts';
import type { ArmRates, PhaseRecord } from '../../contract/rolloutRecord.ts';
import { byteOrderMark, csvLine, type Cell } from '../csv.ts';
import type { RolloutReport } from './rolloutReport.ts';

const columns = [
  ...['row', 'phase', 'item', 'arm', 'value', 'low', 'high', 'needed', 'state', 'from', 'to', 'who'],
  'text',
] as const;
type Line = Partial<Record<(typeof columns)[number], Cell>>;

const arms = ['current', 'candidate'] as const;
const counted = [
  'parts',
  'ng',
  'review',
  'falseAlarms',
  'unconfirmed',
  'escapes',
  'audited',
  'errors',
] as const;

/** The report as one table, a row for each figure; times in UTC, evidence as ln of the e-value. */
export function rolloutCsv(report: RolloutReport): string {
  const { rollout, models, phases, steps, differing, audit } = report;
  const lines: Line[] = [
    { row: 'rollout', item: report.product, value: rollout.id, state: rollout.state, ...since(rollout) },
    ...arms.map((arm): Line => ({ row: 'model', arm, item: models[arm].name, text: models[arm].sha256 })),
    ...phases.flatMap(phaseLines),
    ...differing.map(({ inspection, shadow }): Line => {
      const { id, verdict, human, timeMs, serial } = inspection;
      const state = `${verdict} > ${shadow.verdict}`;
      return { row: 'differing', item: human ?? 'none', value: id, state, from: iso(timeMs), text: serial };
    }),
    ...steps.map(({ state, step, timeMs, actor, reason, guard }): Line => {
      const share = rollout.plan.shares[step] ?? null;
      return { row: 'step', item: guard, value: share, state, from: iso(timeMs), who: actor, text: reason };
    }),
    ...audit.map(({ id, timeMs, actor, action, detail, hash }): Line => {
      const text = `${JSON.stringify(detail)} ${hash}`;
      return { row: 'audit', item: action, value: id, from: iso(timeMs), who: actor, text };
    }),
  ];
  return [
    byteOrderMark,
    csvLine(columns),
    ...lines.map((line) => csvLine(columns.map((column) => line[column] ?? null))),
  ].join('');
}

const iso = (ms: number) => new Date(ms).toISOString();
const since = ({ createdMs, sinceMs }: { createdMs: number; sinceMs: number }) => {
  return { from: iso(createdMs), to: iso(sinceMs) };
};

function phaseLines(record: PhaseRecord): Line[] {
  const { phase, fromMs, toMs, figures, rates, gates, guards, evidence, isSigned } = record;
  const lines: Line[] = [
    { row: 'phase', from: iso(fromMs), to: toMs === null ? null : iso(toMs) },
    ...arms.flatMap((arm) => [...countLines(arm, figures[arm]), ...rateLines(arm, rates[arm])]),
    { row: 'count', item: 'disagreements', value: figures.disagreements },
    { row: 'count', item: 'missing', value: figures.missing },
    ...gates.map((gate): Line => {
      const text = isSigned ? 'signed' : 'now';
      return { row: 'gate', item: gate.kind, state: gate.state, text, ...gateCells(gate) };
    }),
    ...guards.map(({ kind, level, state }): Line => ({ row: 'guard', item: kind, value: level, state })),
    ...evidence.flatMap(({ timeMs, ...logs }) =>
      (['falseAlarms', 'escapes'] as const).map((item): Line => {
        return { row: 'evidence', item, value: logs[item], to: iso(timeMs) };
      }),
    ),
  ];
  return lines.map((line) => ({ ...line, phase }));
}

function countLines(arm: string, figures: ArmFigures): Line[] {
  const ofTime: Line = { row: 'count', item: 'p95Ms', arm, value: figures.p95Ms };
  return [...counted.map((item): Line => ({ row: 'count', item, arm, value: figures[item] })), ofTime];
}

function rateLines(arm: string, rates: ArmRates): Line[] {
  return Object.entries(rates).map(([item, share]): Line => {
    const [low, high] = share?.interval ?? [null, null];
    return { row: 'rate', item, arm, value: share?.value ?? null, low, high };
  });
}

function gateCells(gate: Gate): Line {
  switch (gate.kind) {
    case 'falseAlarms':
    case 'escapes':
      return { value: gate.chance, needed: gate.alpha };
    case 'robustness':
      return { text: gate.report };
    default:
      return { value: gate.have, needed: gate.need };
  }
}
