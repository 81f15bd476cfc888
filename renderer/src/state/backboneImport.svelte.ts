import type { Backbone, NetworkDescription, Preprocess } from '../../../electron/contract/domain.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type { StationState } from './station.svelte.ts';

/** The draft of an import: what the file holds, which tensors are tapped, and how images become its input. */
export class BackboneImportState {
  readonly #station: StationState;
  #description = $state.raw<NetworkDescription | null>(null);
  #error = $state.raw<ErrorInfo | null>(null);
  #busy = $state(false);
  name = $state('');
  automatic = $state(true);
  chosen = $state.raw<string[]>([]);
  order = $state<Preprocess['order']>('RGB');
  height = $state(224);
  width = $state(224);
  mean = $state('');
  std = $state('');
  scale = $state('1');
  normalise = $state<Preprocess['normalise']>('none');

  constructor(station: StationState) {
    this.#station = station;
  }

  get description(): NetworkDescription | null {
    return this.#description;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  get busy(): boolean {
    return this.#busy;
  }

  get features(): string[] {
    return this.automatic ? (this.#description?.suggestedFeatures ?? []) : this.chosen;
  }

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

  get canImport(): boolean {
    return !this.#busy && this.name.trim() !== '' && this.features.length > 0 && this.preprocess !== null;
  }

  async describe(path: string): Promise<void> {
    this.#busy = true;
    this.#error = null;
    const outcome = await this.#station.ask('backbone.describe', { path });
    this.#busy = false;
    if (!outcome.ok) {
      this.#error = outcome.error;
      return;
    }
    const description = outcome.reply;
    const { suggestedPreprocess: preprocess } = description;
    this.#description = description;
    this.name = fileName(path);
    this.chosen = description.suggestedFeatures;
    this.order = preprocess.order;
    [this.height, this.width] = preprocess.size;
    this.mean = preprocess.mean.map(rounded).join(', ');
    this.std = preprocess.std.map(rounded).join(', ');
    this.scale = isByteScale(preprocess.scale) ? '1/255' : String(preprocess.scale);
    this.normalise = preprocess.normalise;
  }

  toggle(feature: string): void {
    const { chosen } = this;
    this.chosen = chosen.includes(feature) ? chosen.filter((name) => name !== feature) : [...chosen, feature];
  }

  async import(): Promise<Backbone | null> {
    const { preprocess } = this;
    if (this.#description === null || preprocess === null) return null;
    this.#busy = true;
    const outcome = await this.#station.ask('backbone.import', {
      path: this.#description.path,
      name: this.name.trim(),
      preprocess,
      features: this.features,
    });
    this.#busy = false;
    this.#error = outcome.ok ? null : outcome.error;
    return outcome.ok ? outcome.reply : null;
  }
}

function fileName(path: string): string {
  const last = path.split(/[\\/]/).findLast(Boolean) ?? path;
  return last.replace(/\.onnx$/i, '');
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
