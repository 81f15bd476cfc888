import { expect, onTestFinished, test } from 'vitest';
import type { KenroError } from '../../../../../electron/contract/errors.ts';
import { roles, type Role } from '../../../../../electron/contract/people.ts';
import { actFor } from '../../../../../electron/platform/acting.ts';
import { People } from '../../../../../electron/station/people/people.ts';
import { handClock } from '../../../../support/shellFixtures.ts';
import { openForTest, temporaryPaths } from '../../../../store/support/station.ts';

const secret = { secretKind: 'password', secret: 'harbour-wall-7' } as const;
const signature = { password: secret.secret, reason: 'the gates have passed' };

test('a signature is the password of whoever is signed in at the page, and their role', async () => {
  const clock = handClock();
  const folder = temporaryPaths();
  const { db } = await openForTest(folder.paths);
  onTestFinished(() => {
    db.close();
    folder.remove();
  });
  const people = new People({
    db,
    clock,
    emit: () => undefined,
    signOutAfterMinutes: () => 10,
  });
  const page = people.openPage(() => undefined);
  const atPage = <Result>(work: () => Result) => actFor(page.admit('operator'), work);
  const refused = async (signing: Promise<unknown>) =>
    signing.then(
      () => 'signed',
      (thrown: unknown) => (thrown as KenroError).kind,
    );

  // Nobody may sign while nobody is somebody.
  expect(await refused(atPage(() => people.sign(signature, 'operator')))).toBe('signInNeeded');
  await atPage(() => people.makeFirstAdmin({ name: 'Sato', ...secret }));
  const { id } = await atPage(() => people.add({ name: 'Tanaka', role: 'qa', ...secret }));
  await atPage(() => people.signIn(id, secret.secret));

  const outcomes: Record<Role, string> = { operator: '', supervisor: '', qa: '', admin: '' };
  for (const role of roles) outcomes[role] = await refused(atPage(() => people.sign(signature, role)));
  expect(outcomes).toEqual({
    ...{ operator: 'signed', supervisor: 'signed', qa: 'signed', admin: 'roleLacking' },
  });
  expect(await atPage(() => people.sign(signature, 'qa'))).toMatchObject({ id, name: 'Tanaka', role: 'qa' });
  const wrong = { ...signature, password: 'harbour-wall-8' };
  expect(await refused(atPage(() => people.sign(wrong, 'qa')))).toBe('wrongPassword');
  expect(await refused(people.sign(signature, 'qa'))).toBe('signInNeeded');
  atPage(() => people.signOut());
  expect(await refused(atPage(() => people.sign(signature, 'qa')))).toBe('signInNeeded');
  people.stop();
});
