import { SvelteMap } from 'svelte/reactivity';
const closest = 16;

/** A point on the stage, in CSS pixels from its middle. */
interface Point {
  x: number;
  y: number;
}

/** How a picture is looked at: magnified, and moved about. By wheel, fingers, buttons or keys. */
export class Zoom {
  #scale = $state(1);
  #x = $state(0);
  #y = $state(0);
  /** Half the stage, in CSS pixels. */
  #half: Point = { x: 0, y: 0 };
  readonly #fingers = new SvelteMap<number, Point>();

  /** 1: the whole picture fits the stage. */
  get scale(): number {
    return this.#scale;
  }

  /** How far the middle of the picture is from that of the stage, in CSS pixels. */
  get x(): number {
    return this.#x;
  }

  get y(): number {
    return this.#y;
  }

  resize(width: number, height: number): void {
    this.#half = { x: width / 2, y: height / 2 };
    this.pan(0, 0);
  }

  reset(): void {
    this.#scale = 1;
    this.#x = 0;
    this.#y = 0;
  }

  /** Magnifies by a factor; what lies at the point stays there. */
  by(factor: number, { x, y }: Point = { x: 0, y: 0 }): void {
    const scale = Math.min(closest, Math.max(1, this.#scale * factor));
    const ratio = scale / this.#scale;
    this.#scale = scale;
    this.#x = x - (x - this.#x) * ratio;
    this.#y = y - (y - this.#y) * ratio;
    this.pan(0, 0);
  }

  /** The picture never leaves the stage. */
  pan(dx: number, dy: number): void {
    const within = (value: number, half: number) => {
      const most = half * (this.#scale - 1);
      return Math.min(most, Math.max(-most, value));
    };
    this.#x = within(this.#x + dx, this.#half.x);
    this.#y = within(this.#y + dy, this.#half.y);
  }

  press(id: number, at: Point): void {
    this.#fingers.set(id, at);
  }

  release(id: number): void {
    this.#fingers.delete(id);
  }

  /** One finger or the mouse moves the picture, two magnify it as they part. */
  drag(id: number, at: Point): void {
    const before = this.#fingers.get(id);
    if (before === undefined) return;
    this.#fingers.set(id, at);
    const other = [...this.#fingers].find(([each]) => each !== id)?.[1];
    if (other === undefined) {
      this.pan(at.x - before.x, at.y - before.y);
      return;
    }
    const apart = (point: Point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    this.by(apart(at) / apart(before), { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
  }
}
