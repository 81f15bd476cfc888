import type { Handlers } from '../../contract/channels.ts';
import type { StationContext } from '../context.ts';

/** Signing in, and who can. */
export function peopleHandlers({
  people,
}: StationContext): Pick<Handlers, Extract<keyof Handlers, `people.${string}`>> {
  return {
    'people.signIn': ({ id, secret }) => people.signIn(id, secret),
    'people.signOut': () => people.signOut(),
    'people.stay': () => {
      people.stay();
      return {};
    },
    'people.makeFirstAdmin': (given) => people.makeFirstAdmin(given),
    'people.recover': (given) => people.recover(given),
    'people.changeOwnSecret': ({ old, ...given }) => people.changeOwnSecret(old, given),
    'people.add': (given) => people.add(given),
    'people.change': ({ id, ...change }) => people.change(id, change),
    'people.resetSecret': ({ id, ...given }) => people.resetSecret(id, given),
    'people.renewRecoveryCode': () => people.renewRecoveryCode(),
  };
}
