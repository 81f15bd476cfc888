import fc from 'fast-check';

/** One change to bytes; places are shares of the length, so that an edit fits any file. */
export type Edit =
  | { readonly kind: 'set'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'cut'; readonly at: number; readonly share: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly share: number; readonly to: number };

/** A file damaged on purpose. */
export interface Mutant {
  /** Which of the intact files. */
  readonly file: number;
  readonly edits: readonly Edit[];
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
/** Bounds of integers, in both byte orders, and lengths that reach far beyond any file. */
const spiteful = fc.constantFrom(
  ...[
    [0],
    [0xff],
    [0x7f],
    [0x80],
    [0xff, 0xff],
    [0, 0, 0, 0],
    [0xff, 0xff, 0xff, 0xff],
    [0xff, 0xff, 0xff, 0x7f],
  ],
  ...[
    [0x7f, 0xff, 0xff, 0xff],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    [0x80, 0x80, 0x80, 0x80, 0x10],
  ],
);
const bytes = fc.oneof(
  spiteful.map((values) => Uint8Array.from(values)),
  fc.uint8Array({ minLength: 1, maxLength: 12 }),
);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), at: share, bytes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('insert' as const), at: share, bytes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), at: share, share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), at: share, share, to: share }) },
);

/** Mutants of `files` intact files. Most edits fall on the first bytes, where the headers are. */
export function mutants(files: number): fc.Arbitrary<Mutant> {
  const early = fc
    .tuple(edit, fc.constantFrom(1, 0.2, 0.02))
    .map(([made, scale]) => ({ ...made, at: made.at * scale }));
  return fc.record({
    file: fc.integer({ min: 0, max: files - 1 }),
    edits: fc.array(early, { minLength: 0, maxLength: 6 }),
  });
}

/** The bytes of a mutant. */
export function applyEdits(file: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let bytes = Buffer.from(file);
  for (const each of edits) {
    const at = Math.floor(each.at * bytes.length);
    if (each.kind === 'set') bytes.set(each.bytes.subarray(0, Math.max(0, bytes.length - at)), at);
    else if (each.kind === 'insert')
      bytes = Buffer.concat([bytes.subarray(0, at), each.bytes, bytes.subarray(at)]);
    else {
      const until = at + Math.floor(each.share * (bytes.length - at));
      if (each.kind === 'cut') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(until)]);
      else {
        const to = Math.floor(each.to * bytes.length);
        bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at, until), bytes.subarray(to)]);
      }
    }
  }
  return Uint8Array.from(bytes);
}
