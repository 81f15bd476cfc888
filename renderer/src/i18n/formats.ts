const dash = '–';
/** Each a thousand of the one before. */
const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Numbers with their units and times, as one language writes them. Missing values are a dash. */
export class Formats {
  readonly #count: Intl.NumberFormat;
  readonly #score: Intl.NumberFormat;
  readonly #noise: Intl.NumberFormat;
  readonly #percent: Intl.NumberFormat;
  readonly #rate: Intl.NumberFormat;
  readonly #compact: Intl.NumberFormat;
  readonly #size: Intl.NumberFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #dateTime: Intl.DateTimeFormat;
  readonly #short: Intl.DateTimeFormat;
  readonly #dayTime: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;

  constructor(locale: string) {
    this.#count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.#score = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3, minimumSignificantDigits: 3 });
    this.#noise = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
    this.#percent = new Intl.NumberFormat(locale, {
      style: 'percent',
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
    });
    this.#rate = new Intl.NumberFormat(locale, { style: 'percent', maximumSignificantDigits: 3 });
    this.#compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
    this.#size = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
    const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
    const day = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    this.#time = new Intl.DateTimeFormat(locale, clock);
    this.#dateTime = new Intl.DateTimeFormat(locale, { ...day, ...clock });
    const monthDay = { month: '2-digit', day: '2-digit' } as const;
    this.#day = new Intl.DateTimeFormat(locale, monthDay);
    this.#dayTime = new Intl.DateTimeFormat(locale, {
      ...{ ...monthDay, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    });
    this.#short = new Intl.DateTimeFormat(locale, { month: '2-digit', day: '2-digit', ...clock });
  }

  count(value: number | null | undefined): string {
    return value === null || value === undefined ? dash : this.#count.format(value);
  }

  /** Three significant digits. */
  score(value: number | null | undefined): string {
    return value === null || value === undefined ? dash : this.#score.format(value);
  }

  /** Of pixel values or grey levels: two significant digits. */
  noise(value: number): string {
    return Number.isFinite(value) ? this.#noise.format(value) : dash;
  }

  /** @param value share, 0..1 */
  percent(value: number | null | undefined): string {
    return value === null || value === undefined || Number.isNaN(value) ? dash : this.#percent.format(value);
  }

  /** Of something rare: three digits that count. @param value share, 0..1 */
  rate = (value: number | null | undefined): string =>
    value === null || value === undefined || Number.isNaN(value) ? dash : this.#rate.format(value);

  /** A change of a share, with its sign. @param value −1..1 */
  points(value: number): string {
    return `${value > 0 ? '+' : ''}${this.#percent.format(value)}`;
  }

  /** @param value share, 0..1 */
  wholePercent(value: number): string {
    return `${Math.round(value * 100)} %`;
  }

  /** @param value milliseconds; from a second on it is written in seconds */
  ms(value: number | null | undefined): string {
    if (value === null || value === undefined) return dash;
    if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
    return `${value < 10 ? value.toFixed(1) : this.#count.format(value)} ms`;
  }

  seconds(value: number): string {
    return value < 10 ? value.toFixed(1) : this.#count.format(value);
  }

  /** Large amounts with a letter, e.g. 3.5M. */
  amount(value: number): string {
    return this.#compact.format(value);
  }

  /** A limit as one would type it. */
  plain(value: number): string {
    return value >= 1 || value === 0 ? this.#count.format(value) : String(value);
  }

  /** Three digits in the unit that suits, e.g. 3.09 MB. */
  bytes(value: number): string {
    let [size, unit] = [value, 0];
    // What would be rounded to 1000 is 1 of the next unit.
    for (; size >= 999.5 && unit < byteUnits.length - 1; unit++) size /= 1000;
    return `${this.#size.format(size)} ${byteUnits[unit]}`;
  }

  time(ms: number): string {
    return this.#time.format(ms);
  }

  dateTime(ms: number): string {
    return this.#dateTime.format(ms);
  }

  /** Month, day, hour and minute. */
  dayTime(ms: number): string {
    return this.#dayTime.format(ms);
  }

  /** Month and day. */
  day(ms: number): string {
    return this.#day.format(ms);
  }

  /** Month, day and time. */
  shortTime(ms: number): string {
    return this.#short.format(ms);
  }
}
