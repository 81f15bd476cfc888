/**
 * Weights of linear interpolation along one axis, samples at pixel centres (the `half_pixel` rule of ONNX
 * Resize); when the target is coarser each target cell is the average of what it covers.
 * @param layout `rows`: [to, from], to be multiplied from the left; `columns`: [from, to], from the right
 */
export function interpolationMatrix(from: number, to: number, layout: 'rows' | 'columns'): Float32Array {
  const matrix = new Float32Array(from * to);
  const put = (target: number, source: number, weight: number) => {
    matrix[layout === 'rows' ? target * from + source : source * to + target]! += weight;
  };
  for (let target = 0; target < to; target++) {
    if (to < from) {
      const start = (target * from) / to;
      const end = ((target + 1) * from) / to;
      for (let source = Math.floor(start); source < end; source++) {
        const share = Math.min(end, source + 1) - Math.max(start, source);
        put(target, source, share / (end - start));
      }
    } else {
      const position = Math.min(Math.max(((target + 0.5) * from) / to - 0.5, 0), from - 1);
      const below = Math.min(Math.floor(position), from - 1);
      const above = Math.min(below + 1, from - 1);
      put(target, below, 1 - (position - below));
      put(target, above, position - below);
    }
  }
  return matrix;
}
