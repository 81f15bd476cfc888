import type { Picture } from '../picture.ts';

/** The three products of the demo line. */
export const partKinds = ['disc', 'tile', 'label'] as const;
export type PartKind = (typeof partKinds)[number];

/** Strength of each disturbance, 0 (a calm line with its natural variation) to 1 (severe). */
export interface Disturbances {
  /** Slow drift over the parts, flicker from part to part, and a gradient across the image. */
  readonly light: number;
  /** Directional blur by vibration, varying from part to part. */
  readonly blur: number;
  /** Photon (shot) and read-out noise. */
  readonly noise: number;
}

export interface PartRequest {
  readonly part: PartKind;
  /** Names the line; parts of different seeds have nothing in common. */
  readonly seed: number;
  /** Number of the part on its line, from 0. */
  readonly index: number;
  /** Probability that a part has a defect, 0..1. */
  readonly defectRate: number;
  readonly disturbances: Disturbances;
  /** Draws this defect whatever the rate; it must be one of the part's `defectTypes`. */
  readonly defect?: string;
}

export interface DrawnPart {
  /** 8 bit; grey for disc and tile, colour for the label. */
  readonly picture: Picture;
  /** `ok`, or one of the part's `defectTypes`. */
  readonly label: string;
  /** One byte a pixel, 255 on the defect; `null` exactly when the part is good. */
  readonly mask: Uint8Array | null;
}

/** The defects each product can have. */
export const defectTypes: Readonly<Record<PartKind, readonly string[]>> = {
  disc: ['scratch', 'dent', 'blindHole', 'burr', 'stain'],
  tile: ['crack', 'chip', 'stain', 'pinhole', 'scratch'],
  label: ['missingCharacter', 'smear', 'misprint', 'tear', 'scratch'],
};
