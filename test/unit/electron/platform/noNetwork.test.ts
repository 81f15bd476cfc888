import { expect, test } from 'vitest';
import { windowFlags } from '../../../../electron/browserShell/browser.ts';
import { noNetworkSwitches } from '../../../../electron/platform/noNetwork.ts';

test('no name is resolved but those that the page is served under', () => {
  const rules = (served: string[]) =>
    noNetworkSwitches(served).find(([name]) => name === 'host-resolver-rules')?.[1];
  expect(rules([])).toBe('MAP * ~NOTFOUND');
  expect(rules(['127.0.0.1'])).toBe('MAP * ~NOTFOUND , EXCLUDE 127.0.0.1');
});

test('the browser’s window is opened under them', () => {
  const flags = windowFlags('http://127.0.0.1:1/', '/profile');
  expect(flags).toEqual(
    expect.arrayContaining([
      '--app=http://127.0.0.1:1/',
      '--user-data-dir=/profile',
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
      '--disable-background-networking',
    ]),
  );
});
