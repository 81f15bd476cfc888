export type TextParams = Readonly<Record<string, string | number>>;

const optional = /\[([^[\]]*)\]/g;
const placeholder = /\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g;

/**
 * Fills a text. `{name}` is a value; `{n:part|parts}` chooses by number, one or other; a piece in `[…]` is left
 * out when one of its values is not given.
 */
export function fill(text: string, params: TextParams): string {
  const kept = text.replace(optional, (_, piece: string) => (isFilled(piece, params) ? piece : ''));
  return kept.replace(placeholder, (_, name: string, one?: string, other?: string) => {
    const value = params[name];
    if (one !== undefined && other !== undefined) return Number(value) === 1 ? one : other;
    return value === undefined ? '' : String(value);
  });
}

function isFilled(piece: string, params: TextParams): boolean {
  return [...piece.matchAll(placeholder)].every(([, name]) => params[name ?? ''] !== undefined);
}
