import { countModel } from '../onnx/count.ts';
import type { Model, Tensor } from '../onnx/ir.ts';

/** Floating-point operations of one graph by the shapes it is fed, worked out once for each. */
export class FlopCounter {
  private readonly model: Model;
  private readonly known = new Map<string, number>();

  constructor(model: Model) {
    this.model = model;
  }

  /** Of one run. @throws ModelError `modelShapeUnresolved` */
  of(feeds: Readonly<Record<string, Tensor>>): number {
    const inputShapes = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    const key = JSON.stringify(inputShapes);
    const flops = this.known.get(key) ?? countModel(this.model, inputShapes).flops;
    this.known.set(key, flops);
    return flops;
  }
}
