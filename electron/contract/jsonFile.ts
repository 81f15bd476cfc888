import { z } from 'zod';
import { KenroError } from './errors.ts';

/** An object of exactly these fields: a misspelt one is not passed over in silence. */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `unknown field; there are ${known}` : undefined),
  });
}

/** Longer names of fields are of no use in a message. */
const mostFieldLength = 200;

/**
 * What a file written by hand says.
 * @param path names the file in errors
 * @throws {KenroError} `fileNotJson`; `fieldWrong` naming the first field that is
 */
export function parseJsonFile<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  path: string,
): z.output<Schema> {
  const parsed = schema.safeParse(jsonOf(text, path));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const within = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const field = [...issue.path, ...within].join('.').slice(0, mostFieldLength);
  // Of a key that may not be one, zod tells the reason further inside.
  const reason = issue.code === 'invalid_key' ? issue.issues[0]!.message : issue.message;
  throw new KenroError('fieldWrong', { path, field: field || '{ }', reason });
}

function jsonOf(text: string, path: string): unknown {
  try {
    // Editors on Windows put a byte order mark in front.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (thrown) {
    throw new KenroError('fileNotJson', { path, reason: (thrown as SyntaxError).message });
  }
}
