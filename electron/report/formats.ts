import type { Rate } from '../contract/evaluation.ts';
import type { ReportLanguage } from '../contract/report.ts';

/** What numbers need words for. */
export interface NumberTexts {
  /** What is not known. */
  readonly none: string;
  readonly interval: (low: string, high: string) => string;
}

/** Numbers as the report writes them in one language; what is not known is a dash. */
export interface Formats {
  count(value: number): string;
  /** @param share 0..1 */
  percent(share: number | null | undefined): string;
  /** Of money, three digits that matter at least. */
  amount(value: number): string;
  /** With its sign. */
  difference(value: number): string;
  score(value: number | null): string;
  milliseconds(value: number): string;
  /** From minutes on in minutes. */
  seconds(value: number): string;
  flops(value: number): string;
  radius(value: number): string;
  dateTime(ms: number): string;
  /** A share with its interval. */
  rate(rate: Rate | null | undefined): string;
}

const units = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

export function formatsOf(language: ReportLanguage, texts: NumberTexts): Formats {
  const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options);
  const whole = number({ maximumFractionDigits: 0 });
  const share = number({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const digits = number({ maximumSignificantDigits: 3 });
  const signed = number({ maximumSignificantDigits: 3, signDisplay: 'exceptZero' });
  const largeSigned = number({ maximumFractionDigits: 0, signDisplay: 'exceptZero' });
  const fine = number({ minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' });
  const isLarge = (value: number) => Math.abs(value) >= 1000;
  const percent = (value: number | null | undefined) =>
    value === null || value === undefined ? texts.none : share.format(value);
  return {
    count: (value) => whole.format(value),
    percent,
    amount: (value) => (isLarge(value) ? whole : digits).format(value),
    difference: (value) => (isLarge(value) ? largeSigned : signed).format(value),
    score: (value) => (value === null ? texts.none : fine.format(value)),
    milliseconds: (value) => `${digits.format(value)} ms`,
    seconds: (value) => (value < 120 ? `${digits.format(value)} s` : `${digits.format(value / 60)} min`),
    flops: (value) => {
      const [size, letter] = units.find(([least]) => value >= least) ?? [1, ''];
      return `${digits.format(value / size)} ${letter}FLOP`;
    },
    radius: (value) => {
      const of255 = value * 255;
      return Math.abs(of255 - Math.round(of255)) < 1e-6 ? `${Math.round(of255)}/255` : digits.format(value);
    },
    dateTime: (ms) => time.format(ms),
    rate: (rate) =>
      rate
        ? `${percent(rate.value)} (${texts.interval(percent(rate.interval[0]), percent(rate.interval[1]))})`
        : texts.none,
  };
}
