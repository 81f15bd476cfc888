import { channels, roleFor, type ChannelName, type Handlers, type Outcome } from '../contract/channels.ts';
import { KenroError, toErrorInfo } from '../contract/errors.ts';
import type { Role } from '../contract/people.ts';
import { actFor, type Acting } from '../platform/acting.ts';

/** Answers one call of a page. Never rejects: whatever goes wrong is the `error` of the outcome. */
export type Dispatch = (name: string, request: unknown) => Promise<Outcome<ChannelName>>;

/** Who calls: one page, with whoever is signed in at it. */
export interface Caller {
  /** @throws {KenroError} `signInNeeded`, `roleLacking` when less than `needed` may be done there */
  admit(needed: Role): Acting;
}

/** One open page as the shell that opened it holds it. */
export interface OpenPage extends Caller {
  /** The page is gone. */
  close(): void;
}

const known = new Map(Object.entries(channels)) as Map<string, (typeof channels)[ChannelName]>;

/**
 * The one door through which both shells let a page's calls in: the request is parsed by its schema, the caller must
 * have the role that the channel asks for, the handler gets the *parsed* value, and its reply is parsed again, so that
 * neither side meets a surprise. All that the handler does is done on behalf of the caller.
 *
 * @param onBug told of each exception that is not an expected failure (and of each reply that breaks its
 * schema); the page sees only the kind `internal`, never a stack or a message from inside.
 */
export function createDispatch(
  handlers: Handlers,
  onBug: (name: ChannelName, thrown: unknown) => void,
  caller: Caller,
): Dispatch {
  return async (name, request) => {
    const channel = known.get(name);
    if (channel === undefined) return refused({ field: 'name' });
    const parsed = channel.request.safeParse(request);
    if (!parsed.success) return refused({ field: parsed.error.issues[0]?.path.join('.') ?? '' });

    const channelName = name as ChannelName;
    // The mapped type of Handlers pairs each name with its own request; TypeScript cannot follow the pair
    // through a look-up by a variable name.
    const handler = handlers[channelName] as (request: unknown) => unknown;
    try {
      const who = caller.admit(roleFor(channelName, parsed.data));
      const reply = channel.reply.parse(await actFor(who, () => handler(parsed.data)));
      return { ok: true, reply } as Outcome<ChannelName>;
    } catch (thrown) {
      if (thrown instanceof KenroError) return { ok: false, error: toErrorInfo(thrown) };
      onBug(channelName, thrown);
      return { ok: false, error: { kind: 'internal', params: {} } };
    }
  };
}

function refused(params: { field: string }): Outcome<ChannelName> {
  return { ok: false, error: { kind: 'badRequest', params } };
}
