import { Preprocess } from '../contract/domain.ts';
import { UsageError } from './command.ts';
import type { Flags, Given } from './command.ts';

/** Flags of the commands that bring a network of the user's. */
export const preprocessFlags: Flags = {
  size: { type: 'string', value: 'N', help: 'side of the network input in pixels' },
  preprocess: { type: 'string', value: 'JSON', help: 'how an image becomes the network input' },
};

/** What their help says of `--preprocess`. */
export const preprocessDetails = [
  'PREPROCESS: {"order":"RGB"|"BGR"|"GRAY","size":[H,W],"mean":[..],"std":[..],"scale":..,',
  '"normalise":"none"|"image"|"local"}; what is left out is taken from the network.',
];

/** `--preprocess` and `--size` over what the network suggests. @throws {UsageError} */
export function preprocessOf(given: Given, suggested: Preprocess): Preprocess {
  const side = given.has('size') ? given.integer('size', 0, 32, 4096) : null;
  const merged: unknown = {
    ...suggested,
    ...json(given.text('preprocess') ?? '{}'),
    ...(side === null ? {} : { size: [side, side] }),
  };
  const parsed = Preprocess.safeParse(merged);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(`--preprocess: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

function json(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below, like any other value that is no object.
  }
  throw new UsageError(`--preprocess needs a JSON object, not ${text}`);
}
