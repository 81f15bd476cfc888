import { describe, expect, it } from 'vitest';
import { fill } from '../../../renderer/src/i18n/fill.ts';

describe('fill', () => {
  it('puts in values by name', () => {
    expect(fill('{a} of {b}', { a: 1, b: 'two' })).toBe('1 of two');
  });

  it('chooses one or other by number', () => {
    expect(fill('{n} {n:part|parts}', { n: 1 })).toBe('1 part');
    expect(fill('{n} {n:part|parts}', { n: 0 })).toBe('0 parts');
  });

  it('leaves out an optional piece when one of its values is not given', () => {
    const text = 'The image[ “{file}”] is too large[ ({width} × {height})].';
    expect(fill(text, { file: 'a.png', width: 9 })).toBe('The image “a.png” is too large.');
    expect(fill(text, {})).toBe('The image is too large.');
  });

  it('takes values as they are, braces and all', () => {
    expect(fill('“{file}”', { file: '{x}[y]$&' })).toBe('“{x}[y]$&”');
  });
});
