import { z } from 'zod';
import { fields, parseJsonFile } from './jsonFile.ts';

const Amount = z.number().min(0).max(1e15);
const Share = z.number().min(0).max(1);
const DefectType = z.string().min(1).max(120);

const LineStop = fields({
  cost: Amount,
  /** The line stops at so many NG … */
  ng: z.number().int().min(1).max(1000),
  /** … among the last so many parts. */
  parts: z.number().int().min(1).max(1000),
}).refine(({ ng, parts }) => ng <= parts, { path: ['ng'], message: 'more than parts' });

/** What errors cost the plant and what it will not accept; every field is there. */
export const Costs = z.object({
  /** Only shown, e.g. `JPY`. */
  currency: z.string().trim().min(1).max(12),
  /** A good part called NG. */
  falseAlarm: Amount,
  /** A defective part called OK. */
  escape: Amount,
  /** Instead of `escape`, by type of defect. */
  escapeByType: z.record(DefectType, Amount),
  /** A part sent to review. */
  review: Amount,
  lineStop: LineStop.nullable(),
  /** Share of the line's parts that are defective. */
  defectRate: Share,
  /** The same by type of defect, adding up to `defectRate`; `null`: in the proportion of the labelled images. */
  defectRateByType: z.record(DefectType, Share).nullable(),
  ceilings: z.object({
    /** Good parts called NG, at most. */
    falseAlarmRate: Share.nullable(),
    /** Defective parts not called OK, at least, of each critical type. */
    recall: Share.nullable(),
    /** Empty: all of them. */
    criticalTypes: z.array(DefectType),
    latencyP99Ms: z.number().positive().nullable(),
  }),
  /** Share of parts taken to be under attack. */
  attackWeight: Share,
});
export type Costs = z.infer<typeof Costs>;

const { falseAlarm, escape, escapeByType, review, defectRate, attackWeight, currency } = Costs.shape;

/** The file a quality engineer writes: only `falseAlarm` and `escape` have to be there. */
export const CostFile = fields({
  currency: currency.default('JPY'),
  falseAlarm,
  escape,
  escapeByType: escapeByType.default({}),
  /** Left out: as much as a false alarm, which ends in a recheck by eye too. */
  review: review.optional(),
  lineStop: LineStop.nullable().default(null),
  /** Left out: the sum of `defectRateByType`, or 1 %. */
  defectRate: defectRate.optional(),
  defectRateByType: z.record(DefectType, Share).nullable().default(null),
  ceilings: fields({
    falseAlarmRate: Share.nullable().default(null),
    recall: Share.nullable().default(null),
    criticalTypes: z.array(DefectType).default([]),
    latencyP99Ms: z.number().positive().nullable().default(null),
  })
    .refine(({ recall, criticalTypes }) => recall !== null || criticalTypes.length === 0, {
      path: ['recall'],
      message: 'missing; criticalTypes are those it holds for',
    })
    .prefault({}),
  /** Left out: no attacks. */
  attackWeight: attackWeight.default(0),
})
  .refine(({ defectRateByType }) => sum(defectRateByType) <= 1, {
    path: ['defectRateByType'],
    message: 'adds up to more than 1',
  })
  .refine(
    ({ defectRate, defectRateByType: byType }) =>
      defectRate === undefined || byType === null || Math.abs(defectRate - sum(byType)) < 1e-9,
    { path: ['defectRate'], message: 'not the sum of defectRateByType; leave it out' },
  )
  .transform((file): Costs => ({
    ...file,
    review: file.review ?? file.falseAlarm,
    defectRate: file.defectRate ?? (file.defectRateByType ? sum(file.defectRateByType) : 0.01),
  }));

function sum(rates: Readonly<Record<string, number>> | null): number {
  return Object.values(rates ?? {}).reduce((total, rate) => total + rate, 0);
}

/**
 * @param path names the file in errors
 * @throws {KenroError} `fileNotJson`; `fieldWrong` naming the field
 */
export function parseCosts(text: string, path: string): Costs {
  return parseJsonFile(CostFile, text, path);
}
