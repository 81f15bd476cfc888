import { describe, expect, test } from 'vitest';
import { okPicturesWanted } from '../../../../electron/contract/domain.ts';
import type { Inspection } from '../../../../electron/contract/domain.ts';
import { OkPictures } from '../../../../electron/station/okPictures.ts';

const never = () => 1;
const always = () => 0;

function pictures({ oneIn = 100, kept = 0, random = never } = {}) {
  return new OkPictures({ oneIn: () => oneIn, random, count: (_, limit) => Math.min(limit, kept) });
}

const part = (verdict: Inspection['verdict'], imageKept = verdict !== 'OK', productId = 1) => {
  return { inspection: { verdict, imageKept, productId } as Inspection };
};

describe('pictures of OK parts', () => {
  test('are kept until a product has enough of them', () => {
    const of = pictures({ kept: okPicturesWanted - 2 });
    expect(of.wants(1)).toBe(true);
    of.recorded([part('OK', true)]);
    expect(of.wants(1)).toBe(true);
    of.recorded([part('OK', true)]);
    expect(of.wants(1)).toBe(false);
  });

  test('are counted by product', () => {
    const of = pictures({ kept: okPicturesWanted - 1 });
    expect([of.wants(1), of.wants(2)]).toEqual([true, true]);
    of.recorded([part('OK', true, 2)]);
    expect([of.wants(1), of.wants(2)]).toEqual([true, false]);
  });

  test('are kept one beside each part that is not OK', () => {
    const of = pictures({ kept: okPicturesWanted });
    expect(of.wants(1)).toBe(false);
    of.recorded([part('NG'), part('REVIEW')]);
    expect(of.wants(1)).toBe(true);
    of.recorded([part('OK', true)]);
    expect(of.wants(1)).toBe(true);
    // One whose picture could not be kept is no counterpart.
    of.recorded([part('OK', false)]);
    expect(of.wants(1)).toBe(true);
    of.recorded([part('OK', true)]);
    expect(of.wants(1)).toBe(false);
  });

  test('are not owed for days after a line that rejected everything', () => {
    const of = pictures({ kept: okPicturesWanted });
    of.recorded(Array.from({ length: 10_000 }, () => part('NG')));
    let taken = 0;
    for (; of.wants(1) && taken < 1000; taken++) of.recorded([part('OK', true)]);
    expect(taken).toBe(20);
  });

  test('are a sample by chance otherwise, and none where none are wanted', () => {
    expect(pictures({ kept: okPicturesWanted, random: always }).wants(1)).toBe(true);
    const none = pictures({ oneIn: 0, random: always });
    none.recorded([part('NG')]);
    expect(none.wants(1)).toBe(false);
  });
});
