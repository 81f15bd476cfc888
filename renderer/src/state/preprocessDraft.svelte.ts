import type { Preprocess } from '../../../electron/contract/domain.ts';

/** How images become a network's input, as the fields of a form. */
export class PreprocessDraft {
  order = $state<Preprocess['order']>('RGB');
  height = $state(224);
  width = $state(224);
  mean = $state('');
  std = $state('');
  scale = $state('1');
  normalise = $state<Preprocess['normalise']>('none');

  /** The fields as the station takes them, or `null` while one of them is no number. */
  get preprocess(): Preprocess | null {
    const channels = this.order === 'GRAY' ? 1 : 3;
    const mean = numbers(this.mean, channels);
    const std = numbers(this.std, channels);
    const scale = fraction(this.scale);
    if (mean === null || std === null || scale === null || scale <= 0) return null;
    if (std.some((value) => value <= 0)) return null;
    return {
      order: this.order,
      size: [this.height, this.width],
      mean,
      std,
      scale,
      normalise: this.normalise,
    };
  }

  /** Fills the fields in. */
  protected take(preprocess: Preprocess): void {
    this.order = preprocess.order;
    [this.height, this.width] = preprocess.size;
    this.mean = preprocess.mean.map(rounded).join(', ');
    this.std = preprocess.std.map(rounded).join(', ');
    this.scale = isByteScale(preprocess.scale) ? '1/255' : String(preprocess.scale);
    this.normalise = preprocess.normalise;
  }
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function isByteScale(scale: number): boolean {
  return Math.abs(scale * 255 - 1) < 1e-6;
}

/** Numbers apart by commas or blanks; one number serves every channel. `null` when they are not that. */
function numbers(text: string, channels: number): number[] | null {
  const values = text
    .split(/[\s,、]+/)
    .filter(Boolean)
    .map(Number);
  if (values.length === 0 || values.some((value) => !Number.isFinite(value))) return null;
  if (values.length === 1) return Array.from({ length: channels }, () => values[0] ?? 0);
  return values.length === channels ? values : null;
}

/** A number or a fraction such as `1/255`. */
function fraction(text: string): number | null {
  const [top, bottom, ...rest] = text.split('/').map((part) => Number(part.trim() || Number.NaN));
  if (top === undefined || rest.length > 0) return null;
  const value = bottom === undefined ? top : top / bottom;
  return Number.isFinite(value) ? value : null;
}
