/**
 * Class names from text, in the order of the classes: a JSON array; a JSON (or Python) object from class number to
 * name; or lines, each a name, perhaps behind its number and a comma, semicolon, tab, colon or space
 * (`0,scratch`), in any order of the numbers. Where lines are numbered, all are. A byte order mark, empty lines
 * and quotes around names are passed over.
 */
export function parseLabels(text: string): string[] {
  const plain = text.replace(/^\uFEFF/, '').trim();
  return fromJson(plain) ?? fromJson(asJson(plain)) ?? fromLines(plain);
}

function fromJson(text: string): string[] | null {
  if (!/^[[{]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.map(String);
    return ordered(Object.entries(value as object).map(([key, name]) => [Number(key), String(name)]));
  } catch {
    return null;
  }
}

/** Python's dictionaries and lists, as exporters put them into metadata: other quotes, and numbers as keys. */
function asJson(text: string): string {
  // A quote that is never closed takes the rest with it: looking for its end once more from each of the next would
  // take the square of the time.
  const quoted = text.replaceAll(/'((?:[^'\\]|\\[^])*)(?:'|\\?$)/g, (_, name: string) =>
    JSON.stringify(name.replaceAll(/\\([^])/g, '$1')),
  );
  return quoted.replaceAll(/([{,]\s*)(\d+)\s*:/g, '$1"$2":');
}

function fromLines(text: string): string[] {
  const oneLine = !text.includes('\n') && /[,;]/.test(text) && !/^\d/.test(text);
  const lines = text
    .split(oneLine ? /[,;]/ : /\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const numbered = lines.map((line) => /^(\d+)(?:\s*[,;:]\s*|\s+)(\S.*)$/s.exec(line));
  const all = numbered.every((match) => match !== null);
  const names = all ? ordered(numbered.map((match) => [Number(match[1]), match[2]!])) : null;
  return (names ?? lines).map(unquoted);
}

const unquoted = (name: string) => /^"(.*)"$/.exec(name)?.[1]?.trim() ?? name;

/** Names by number; null where the numbers do not run without a gap from 0 or from 1. */
function ordered(entries: readonly (readonly [number, string])[]): string[] | null {
  const sorted = [...entries].sort(([one], [other]) => one - other);
  const first = sorted[0]?.[0] ?? 0;
  if (first > 1 || sorted.some(([number], at) => number !== first + at)) return null;
  return sorted.map(([, name]) => name);
}
