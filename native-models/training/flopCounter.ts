import { countModel } from '../onnx/count.ts';
import type { Model } from '../onnx/ir.ts';

/** Floating-point operations of one graph by the shapes it is run with, worked out once for each. */
export class FlopCounter {
  private readonly model: Model;
  private readonly known = new Map<string, number>();

  constructor(model: Model) {
    this.model = model;
  }

  /** Of one run. @throws ModelError `modelShapeUnresolved` */
  of(inputShapes: Readonly<Record<string, readonly number[]>>): number {
    const key = JSON.stringify(inputShapes);
    const flops = this.known.get(key) ?? countModel(this.model, inputShapes).flops;
    this.known.set(key, flops);
    return flops;
  }
}
