import type { Picture } from '../picture.ts';

/** A picture to compute with. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** One plane (grey) or three (R, G, B), float32 [height · width] in 0..1. */
  readonly planes: readonly Float32Array[];
}

export function toFrame({ width, height, channels, depth, data }: Picture): Frame {
  const full = depth === 16 ? 65_535 : 255;
  const planes = Array.from({ length: channels }, (_, channel) => {
    const plane = new Float32Array(width * height);
    for (let at = 0; at < plane.length; at++) plane[at] = data[at * channels + channel]! / full;
    return plane;
  });
  return { width, height, planes };
}

/** Rounded and clipped to the depth of a sensor of that many bits. */
export function toPicture({ width, height, planes }: Frame, depth: 8 | 16): Picture {
  const channels = planes.length === 1 ? 1 : 3;
  const length = width * height * channels;
  const data = depth === 16 ? new Uint16Array(length) : new Uint8ClampedArray(length);
  const full = depth === 16 ? 65_535 : 255;
  planes.forEach((plane, channel) => {
    for (let at = 0; at < plane.length; at++) {
      const value = plane[at]!;
      data[at * channels + channel] = Math.round(full * (value < 0 ? 0 : value > 1 ? 1 : value));
    }
  });
  const bytes = depth === 16 ? (data as Uint16Array) : new Uint8Array(data.buffer);
  return { width, height, channels, depth, data: bytes };
}

/** A new frame, each value from the old one and its place. */
export function mapFrame(
  frame: Frame,
  change: (value: number, x: number, y: number, channel: number) => number,
): Frame {
  const { width, height } = frame;
  const planes = frame.planes.map((plane, channel) => {
    const changed = new Float32Array(plane.length);
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) changed[at] = change(plane[at]!, x, y, channel);
    }
    return changed;
  });
  return { width, height, planes };
}

/** Copies of the planes, to be written into. */
export function copyFrame(frame: Frame): Frame {
  return { ...frame, planes: frame.planes.map((plane) => plane.slice()) };
}

/** What lengths are given as a share of. */
export function shorterSide({ width, height }: Frame): number {
  return Math.min(width, height);
}
