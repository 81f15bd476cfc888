/** How a picture is brought to the product's usual one before the network sees it. Travels inside the model's file. */
export interface Correction {
  /** The usual good part, grey: base64 of `sketchSide`² bytes, row by row, whatever the picture's proportions. */
  readonly reference: string;
  /** A small shift and turn are taken back where the match is convincing. */
  readonly position: boolean;
  /** `gain` brings brightness and haze to those of the reference, `field` also a light that falls off to one side. */
  readonly light: LightCorrection;
  readonly bounds: CorrectionBounds;
}

export type LightCorrection = 'none' | 'gain' | 'field';

/** As far as a correction goes; a picture that would need more is not judged. */
export interface CorrectionBounds {
  /** Share of the picture's shorter side. */
  readonly shift: number;
  readonly degrees: number;
  /** Of brightness, either way. */
  readonly stops: number;
  /** Light added to or missing from every pixel, levels of 255. */
  readonly haze: number;
  /** Change of the light from the centre to an edge, relative. */
  readonly slope: number;
}

/** As far as the strongest disturbances of the suite go and little further; the slope, which darkens one side most, less. */
export const usualBounds: CorrectionBounds = { shift: 0.08, degrees: 8, stops: 1.5, haze: 24, slope: 0.5 };

/** Where a place of the corrected picture lies in the picture as taken: turned about the centre, then shifted. */
export interface Placement {
  /** Shares of the picture's shorter side. */
  readonly x: number;
  readonly y: number;
  /** Radians. */
  readonly angle: number;
}

export const inPlace: Placement = { x: 0, y: 0, angle: 0 };

/** The light of a picture against the reference: value = gain · (1 + u·x + v·y) · usual + haze. */
export interface LightChange {
  readonly gain: number;
  /** Levels of 255. */
  readonly haze: number;
  /** With x and y from −1 to 1. */
  readonly field: { readonly u: number; readonly v: number };
}

export const noField = { u: 0, v: 0 };
export const usualLight: LightChange = { gain: 1, haze: 0, field: noField };

/** What a correction found and did. */
export interface Corrected {
  readonly placement: Placement;
  readonly light: LightChange;
  /** The bound that the picture lies beyond, which leaves it uncorrected; null = none. */
  readonly beyond: Beyond | null;
}

export interface Beyond {
  readonly what: keyof CorrectionBounds;
  readonly value: number;
  readonly bound: number;
}
