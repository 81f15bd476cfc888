/** Where a plot lies in its canvas, CSS pixels. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Gives every vertical axis the same width, so that plots above each other share their horizontal one. */
export function axisWidth(scale: { width: number }): void {
  scale.width = 76;
}

/** The colours of the theme of the moment. */
export function readColours(element: HTMLElement) {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: read('--ink'),
    soft: read('--ink-soft'),
    faint: read('--ink-faint'),
    grid: read('--line'),
    ng: read('--ng'),
    review: read('--review'),
    ok: read('--ok'),
  };
}
