import { designCusum, type Subgroup } from '../../engine/statistics.ts';

/** The CUSUM is to find a rate that has become so many times what it was. */
export const raisedBy = 2;
/** In control it calls once in so many groups, as rule 1 of a p-chart does. */
export const groupsToCall = 370;

type Design = ReturnType<typeof designCusum>;

const known = new Map<string, Design>();
const mostKnown = 50;

/**
 * The CUSUM for groups like these, or `null` where it cannot be: no part of the kind, every part, or a rate that cannot
 * double. The rate and the length are taken to two digits, so that news of a group do not ask for another design.
 * @param centre rate in control, 0..1
 */
export function cusumFor(centre: number, subgroups: readonly Subgroup[]): Design | null {
  const inControl = Number(centre.toPrecision(2));
  const parts = subgroups.reduce((sum, { of }) => sum + of, 0);
  const runLength = Number(((groupsToCall * parts) / subgroups.length).toPrecision(2));
  const outOfControl = inControl * raisedBy;
  if (!(inControl > 0 && outOfControl < 1 && runLength > 1 / inControl)) return null;
  const key = `${inControl}/${runLength}`;
  let design = known.get(key);
  if (design === undefined) {
    design = designed(inControl, runLength);
    if (known.size >= mostKnown) known.clear();
    known.set(key, design);
  }
  return design;
}

/** A design takes time that grows with the square of one over the rate; this is a matter of milliseconds. */
const lowestRate = 0.005;

/**
 * Of a rate below that the design is one of blocks of parts instead, so small that two hits hardly ever fall into one: the
 * limit is within 1 % of the exact one.
 */
function designed(inControl: number, runLength: number): Design {
  const block = Math.max(1, Math.floor(lowestRate / inControl));
  const rates = { inControl: inControl * block, outOfControl: inControl * raisedBy * block };
  const { reference, limit, runLengths } = designCusum({ ...rates, runLength: runLength / block });
  return {
    reference: reference / block,
    limit,
    runLengths: {
      inControl: runLengths.inControl * block,
      outOfControl: runLengths.outOfControl * block,
    },
  };
}
