import { expect, test } from 'vitest';
import { ReviewState } from '../../../renderer/src/state/review.svelte.ts';
import { pageStates } from './pageStates.ts';

test('a second key pressed at once does not judge the part after, and undo shows the part again', async () => {
  const { station, toasts } = await pageStates();
  const review = new ReviewState(station, toasts);
  await review.load();
  const waiting = review.rows.length;
  expect(waiting).toBeGreaterThan(1);
  const first = review.current!.inspection.id;
  await Promise.all([review.say('ok'), review.say('ok'), review.undo()]);
  expect(review.rows.every(({ inspection }) => inspection.id !== first)).toBe(true);
  expect(review.current!.inspection.id).not.toBe(first);
  await review.undo();
  expect(review.current!.inspection.id).toBe(first);
  expect(review.canUndo).toBe(false);
});

test('what is put off is passed over, and comes again at the end', async () => {
  const { station, toasts } = await pageStates(12);
  const review = new ReviewState(station, toasts);
  await review.load();
  const all = review.rows.map(({ inspection }) => inspection.id);
  const seen: number[] = [];
  for (let i = 0; i < all.length; i++) {
    seen.push(review.current!.inspection.id);
    await review.later();
  }
  expect(seen).toEqual(all);
  expect(review.current!.inspection.id).toBe(all[0]);
});

test('what is put off stays at the end when the page is opened again', async () => {
  const { station, toasts } = await pageStates(40);
  const review = new ReviewState(station, toasts);
  await review.load();
  const all = review.rows.map(({ inspection }) => inspection.id);
  await review.later();
  review.open(all[2]!);
  await review.later();
  expect(review.current!.inspection.id).toBe(all[3]);
  const again = new ReviewState(station, toasts);
  await again.load();
  const ids = again.rows.map(({ inspection }) => inspection.id);
  expect(ids).toEqual([...all.filter((_, i) => i !== 0 && i !== 2), all[0], all[2]]);
});
