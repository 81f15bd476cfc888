import type { Scene } from './canvas.ts';
import { labelHeight, labelWidth } from './labelPlates.ts';

/** Where the label sticks; pixels and radians. */
export interface LabelPose {
  readonly x: number;
  readonly y: number;
  readonly turn: number;
}

const halfWidth = labelWidth / 2;
const halfHeight = labelHeight / 2;
const cornerRadius = 7;

/** Reflectance of cardboard in red, green and blue. */
const board = [0.5, 0.37, 0.24] as const;

/** Label coordinates (pixels from its upper left corner) of an image pixel. */
export function onLabel(pose: LabelPose, x: number, y: number): { u: number; v: number } {
  const dx = x - pose.x;
  const dy = y - pose.y;
  return { u: dx + dy * pose.turn + halfWidth, v: dy - dx * pose.turn + halfHeight };
}

/** Distance to the label's outline in pixels, positive inside. */
export function insideLabel(u: number, v: number): number {
  const outU = Math.abs(u - halfWidth) - (halfWidth - cornerRadius);
  const outV = Math.abs(v - halfHeight) - (halfHeight - cornerRadius);
  if (outU <= 0 || outV <= 0) return cornerRadius - Math.max(outU, outV);
  return cornerRadius - Math.sqrt(outU * outU + outV * outV);
}

/** Colour of the bare cardboard under a pixel, as a factor on `board`. */
export function boardAt(scene: Scene, at: number, channel: number, shade: number): void {
  scene.planes[channel]![at] = board[channel]! * shade;
}
