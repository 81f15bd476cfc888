import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchFile } from '../../../renderer/src/state/files.ts';

describe('fetchFile', () => {
  afterEach(() => void vi.unstubAllGlobals());
  const answering = (answer: () => Promise<Response>) => vi.stubGlobal('fetch', answer);

  it('brings the file', async () => {
    answering(async () => new Response('of the station'));
    const file = await fetchFile('/run/retrain-1-1/report.csv');
    expect(file.ok && (await file.content.text())).toBe('of the station');
  });

  it('says why the station refuses', async () => {
    const error = { kind: 'browserMissing', params: {} };
    answering(async () => Response.json(error, { status: 503 }));
    expect(await fetchFile('/run/retrain-1-1/report.pdf')).toEqual({ ok: false, error });
  });

  it.each([
    ['nobody answers', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['the session is over', async () => new Response('Open Kenro with the link it shows.', { status: 401 })],
  ])('says that the station is gone where %s', async (_why, answer) => {
    answering(answer);
    const lost = { kind: 'engineLost', params: { what: 'station' } };
    expect(await fetchFile('/run/retrain-1-1/report.pdf')).toEqual({ ok: false, error: lost });
  });
});
