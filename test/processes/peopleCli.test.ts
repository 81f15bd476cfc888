import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RecoveryCode } from '../../electron/contract/people.ts';
import { kenro, records } from '../support/kenroProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { testStation } from '../support/testStation.ts';

const admin = { name: 'Sato', secretKind: 'password', secret: 'harbour-wall-7' } as const;
const anew = { secretKind: 'password', secret: 'breakwater-22' } as const;

it('lists who can sign in, and lets an administrator back in on the PC itself, which is on record', async () => {
  const dataDir = join(await temporaryFolder(), 'data');
  const before = await testStation({ dataDir });
  expect(await kenro('people', '--json', '--data-dir', dataDir)).toMatchObject({ code: 0, out: '' });
  const { recoveryCode: lost } = await before.call('people.makeFirstAdmin', admin);
  const running = await kenro('people', 'recover', '--data-dir', dataDir);
  expect(running).toMatchObject({ code: 1, out: '' });
  await before.station.stop();

  const listed = records(await kenro('people', '--json', '--data-dir', dataDir));
  expect(listed).toMatchObject([{ name: 'Sato', role: 'admin', active: true }]);
  const recovered = await kenro('people', 'recover', '--json', '--data-dir', dataDir);
  const [{ recoveryCode, administrators } = {}] = records(recovered);
  expect(administrators).toEqual(['Sato']);
  const code = RecoveryCode.parse(recoveryCode);

  const after = await testStation({ dataDir });
  const page = after.openPage();
  const { entries } = await page.call('audit.page', { before: null, limit: 1 });
  expect(entries[0]).toMatchObject({ actor: 'terminal', action: 'people.recoveryCode' });
  expect(JSON.stringify(entries)).not.toContain(code);
  const recover = (given: string) => page.call('people.recover', { id: 1, code: given, ...anew });
  await expect(recover(lost)).rejects.toMatchObject({ kind: 'wrongPassword' });
  await recover(code);
  await page.call('product.add', { name: 'Disc' });
});

it('says so where no station has ever run, and knows no other word', async () => {
  const folder = await temporaryFolder();
  expect(await kenro('people', '--data-dir', folder)).toMatchObject({ code: 1, out: '' });
  expect(await kenro('people', 'promote', '--data-dir', folder)).toMatchObject({ code: 2, out: '' });
});
