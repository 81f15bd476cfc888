import { range } from '../arithmetic.ts';
import { applyTransposed } from '../alongAxis.ts';
import { resizeMap } from '../resizeMap.ts';
import type { GradientRule, Scope } from '../rule.ts';

/** Resize is a linear map along each axis; the gradient applies the transposed maps. */
export const Resize: GradientRule = (s) => {
  const mode = resizeMode(s);
  const [from, to] = [s.shape(s.input(0)), s.shape(s.output(0))];
  const scales = s.hasInput(2) ? s.constant(s.input(2)) : null;
  const axes = s.attributeInts('axes') ?? range(0, s.rank(s.input(0)));
  let gradient = s.gradient();
  axes.forEach((axis, i) => {
    const [inputs, outputs] = [from?.[axis], to?.[axis]];
    if (inputs === outputs && inputs !== null && inputs !== undefined) return;
    if (typeof inputs !== 'number' || typeof outputs !== 'number') {
      throw s.unsupported(`the size of axis ${axis} is not known`);
    }
    const scale = scales && scales.values.length > 0 ? scales.values[i]! : outputs / inputs;
    gradient = applyTransposed(s, gradient, resizeMap(inputs, outputs, scale, mode), axis);
  });
  return [gradient, ...s.node.inputs.slice(1).map(() => null)];
};

function resizeMode(s: Scope) {
  const coordinates = s.attributeString('coordinate_transformation_mode', 'half_pixel');
  if (coordinates === 'tf_crop_and_resize' || s.attributeInt('antialias', 0) !== 0) {
    throw s.unsupported('tf_crop_and_resize and antialias');
  }
  return {
    mode: s.attributeString('mode', 'nearest'),
    coordinates,
    nearest: s.attributeString('nearest_mode', 'round_prefer_floor'),
    cubicA: s.attributeFloat('cubic_coeff_a', -0.75),
    excludeOutside: s.attributeInt('exclude_outside', 0) !== 0,
  };
}
