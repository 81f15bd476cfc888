/** Where the tile lies; pixels and radians. */
export interface TilePose {
  readonly x: number;
  readonly y: number;
  readonly turn: number;
}

/** Half the tile's side in pixels. */
export const tileHalf = 130;
const bevel = 5;
const cornerRadius = 5;

/**
 * Distance to the tile's outline (positive inside, pixels) and the slope of its rounded edge, which faces
 * outward: positive to the right and down, away from the lamp.
 */
export function edgeAt(
  pose: TilePose,
  x: number,
  y: number,
): { inside: number; slopeX: number; slopeY: number } {
  const dx = x - pose.x;
  const dy = y - pose.y;
  const u = dx + dy * pose.turn;
  const v = dy - dx * pose.turn;
  const outU = Math.abs(u) - (tileHalf - cornerRadius);
  const outV = Math.abs(v) - (tileHalf - cornerRadius);
  const cornerU = Math.max(outU, 0);
  const cornerV = Math.max(outV, 0);
  const corner = Math.sqrt(cornerU * cornerU + cornerV * cornerV);
  const inside = cornerRadius - corner - Math.min(Math.max(outU, outV), 0);
  if (inside > bevel) return { inside, slopeX: 0, slopeY: 0 };
  const steep = 0.75 * (1 - Math.max(0, inside) / bevel);
  const towardsU = corner > 0 ? cornerU / corner : outU > outV ? 1 : 0;
  const towardsV = corner > 0 ? cornerV / corner : outU > outV ? 0 : 1;
  return { inside, slopeX: steep * Math.sign(u) * towardsU, slopeY: steep * Math.sign(v) * towardsV };
}
