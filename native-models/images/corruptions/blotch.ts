import type { Frame } from './frame.ts';

/** An ellipse: centre and radii in pixels, turned by an angle in radians. */
export interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly radiusX: number;
  readonly radiusY: number;
  readonly angle: number;
}

/** Changes the values within an ellipse in place. @param change is told the cover: 1 in the middle, 0 from the edge on */
export function blotch(
  { width, height, planes }: Frame,
  { x, y, radiusX, radiusY, angle }: Ellipse,
  change: (value: number, cover: number) => number,
): void {
  const reach = Math.max(radiusX, radiusY) + 1;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let row = Math.max(0, Math.floor(y - reach)); row <= Math.min(height - 1, y + reach); row++) {
    for (
      let column = Math.max(0, Math.floor(x - reach));
      column <= Math.min(width - 1, x + reach);
      column++
    ) {
      const [dx, dy] = [column - x, row - y];
      const away = Math.hypot((cos * dx + sin * dy) / radiusX, (cos * dy - sin * dx) / radiusY);
      if (away >= 1) continue;
      const cover = (1 - away * away) ** 2;
      const at = row * width + column;
      for (const plane of planes) plane[at] = change(plane[at]!, cover);
    }
  }
}
