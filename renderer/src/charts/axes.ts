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

/**
 * A horizontal axis of scores: the same range gives every chart the same ticks, so that charts above each other are
 * read as one.
 * @param told a score, as it is told
 */
export function scoreAxis(
  [min, max]: readonly [number, number],
  { grid, soft }: ReturnType<typeof readColours>,
  told: (score: number) => string,
) {
  return {
    type: 'linear' as const,
    ...{ min, max },
    grid: { color: grid },
    ticks: {
      ...tickStyle(soft),
      includeBounds: false,
      maxTicksLimit: 9,
      callback: (value: number | string) => told(Number(value)),
    },
  };
}

export function tickStyle(color: string) {
  return { color, font: { size: 13 }, maxRotation: 0 };
}
