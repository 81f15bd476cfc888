/** What a number entered may be, in the unit it is shown in. */
export interface Limits {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
  /** May be left empty, which is `NaN`. */
  readonly optional?: boolean;
}

export function isWithin(value: number, { min, max, whole = false, optional = false }: Limits): boolean {
  if (Number.isNaN(value)) return optional;
  return value >= min && value <= max && (!whole || Number.isInteger(value));
}

/** `null` for what was left empty. */
export const orNull = (value: number) => (Number.isNaN(value) ? null : value);
/** Empty for `null`. */
export const orEmpty = (value: number | null) => value ?? NaN;
