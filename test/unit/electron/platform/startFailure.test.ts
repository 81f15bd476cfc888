import { expect, test } from 'vitest';
import { KenroError } from '../../../../electron/contract/errors.ts';
import { startFailureText } from '../../../../electron/platform/startFailure.ts';

test('says in both languages what happened, and names the thing', () => {
  const text = startFailureText(new KenroError('databaseNewer', { path: '/data/kenro.db' }));
  expect(text).toMatch(/newer version/);
  expect(text).toMatch(/新しいバージョン/);
  expect(text).toContain('/data/kenro.db');
  expect(startFailureText(Object.assign(new Error('listen'), { code: 'EADDRINUSE' }))).toMatch(
    /port is taken/,
  );
  expect(startFailureText(new Error('There is no built page'))).toBe('There is no built page');
});
