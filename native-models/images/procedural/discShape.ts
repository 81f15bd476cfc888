/** Where the disc lies and how it is turned; pixels and radians. */
export interface DiscPose {
  readonly x: number;
  readonly y: number;
  readonly turn: number;
}

/** Radii of the disc, of the circle its holes lie on, and of the holes, in pixels. */
export const discRadius = 127;
export const boltCircle = 86;
export const boltRadius = 10;
export const boltCount = 6;

/** The lamp stands to the upper left of the part; x to the right, y down, z to the camera. */
const lamp = { x: -0.5, y: -0.55, z: 0.67 };

/** Where a hole is on the image. */
export function boltCentre(pose: DiscPose, bolt: number): { x: number; y: number } {
  const angle = pose.turn + (bolt * 2 * Math.PI) / boltCount;
  return { x: pose.x + boltCircle * Math.cos(angle), y: pose.y + boltCircle * Math.sin(angle) };
}

/** Light that a matt surface of this slope returns to the camera, about 0.67 when it lies flat. */
export function diffuse(slopeX: number, slopeY: number): number {
  const towards =
    (lamp.z + slopeX * lamp.x + slopeY * lamp.y) / Math.sqrt(1 + slopeX * slopeX + slopeY * slopeY);
  return towards > 0 ? towards : 0;
}
