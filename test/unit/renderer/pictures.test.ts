import { describe, expect, it } from 'vitest';
import { PictureLoader } from '../../../renderer/src/state/pictureLoader.svelte.ts';
import { ThumbnailQueue } from '../../../renderer/src/state/thumbnailQueue.ts';

/** Lets a test decide when each picture arrives. */
function slowLoading() {
  const asked: string[] = [];
  let answer: { resolve: (image: HTMLImageElement) => void; reject: (why: Error) => void };
  const load = (url: string) => {
    asked.push(url);
    return new Promise<HTMLImageElement>((resolve, reject) => (answer = { resolve, reject }));
  };
  const settle = async (act: () => void) => {
    act();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return {
    asked,
    load,
    arrive: () => settle(() => answer.resolve({} as HTMLImageElement)),
    fail: () => settle(() => answer.reject(new Error('404'))),
  };
}

describe('PictureLoader', () => {
  it('skips the pictures that passed by while one was loading', async () => {
    const { load, asked, arrive } = slowLoading();
    const loader = new PictureLoader(load);
    for (const id of [1, 2, 3, 4]) loader.wish(id, `/picture/${id}`);
    await arrive();
    expect(loader.shownKey).toBe(1);
    await arrive();
    expect(loader.shownKey).toBe(4);
    expect(asked).toEqual(['/picture/1', '/picture/4']);
  });

  it('does not load the picture on display again', async () => {
    const { load, asked, arrive } = slowLoading();
    const loader = new PictureLoader(load);
    loader.wish(1, '/picture/1');
    await arrive();
    loader.wish(1, '/picture/1');
    expect(asked).toEqual(['/picture/1']);
  });

  it('goes back to the picture on display when the wish returns to it', async () => {
    const { load, arrive } = slowLoading();
    const loader = new PictureLoader(load);
    loader.wish(1, '/picture/1');
    await arrive();
    loader.wish(2, '/picture/2');
    loader.wish(1, '/picture/1');
    await arrive();
    await arrive();
    expect(loader.shownKey).toBe(1);
  });

  it('says when a picture is missing, and never asks for one that never was', async () => {
    const { load, asked, fail } = slowLoading();
    const loader = new PictureLoader(load);
    loader.wish(1, '/picture/1');
    await fail();
    expect([loader.missing, loader.picture]).toEqual([true, null]);
    loader.wish(2, null);
    await new Promise((resolve) => setTimeout(resolve));
    expect([loader.missing, loader.shownKey]).toEqual([true, 2]);
    expect(asked).toEqual(['/picture/1']);
  });
});

describe('ThumbnailQueue', () => {
  it('starts so many at a time, newest first', () => {
    const queue = new ThumbnailQueue(1);
    const started: number[] = [];
    const releases: (() => void)[] = [];
    for (const id of [1, 2, 3]) {
      queue.enter((release) => {
        started.push(id);
        releases.push(release);
      });
    }
    expect(started).toEqual([1]);
    releases[0]?.();
    expect(started).toEqual([1, 3]);
    releases[1]?.();
    expect(started).toEqual([1, 3, 2]);
  });

  it('never starts what left before its turn, and takes back the place of what left while loading', () => {
    const queue = new ThumbnailQueue(1);
    const started: number[] = [];
    const enter = (id: number) => queue.enter(() => started.push(id));
    const leaveFirst = enter(1);
    const leaveSecond = enter(2);
    enter(3);
    leaveSecond();
    leaveFirst();
    expect(started).toEqual([1, 3]);
  });

  it('counts a release only once', () => {
    const queue = new ThumbnailQueue(1);
    const releases: (() => void)[] = [];
    const started: number[] = [];
    const enter = (id: number) =>
      queue.enter((release) => {
        started.push(id);
        releases.push(release);
      });
    const leave = enter(1);
    enter(2);
    enter(3);
    releases[0]?.();
    releases[0]?.();
    leave();
    expect(started).toEqual([1, 3]);
  });
});
