import type { GradientRule } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

export const Expand: GradientRule = (s) => [unbroadcast(s, s.gradient(), s.input(0)), null];
