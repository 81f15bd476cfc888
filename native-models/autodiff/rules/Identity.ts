import { elementwise } from '../elementwise.ts';

export const Identity = elementwise((_s, _x, _y, dy) => dy);
