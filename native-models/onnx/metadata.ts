import type { Model } from './ir.ts';

/** The model with a value, as JSON, in its metadata. */
export function withMetadata(model: Model, key: string, value: object): Model {
  return { ...model, metadata: new Map([...model.metadata, [key, JSON.stringify(value)]]) };
}

/** What `withMetadata` has put there, or null where there is nothing, or nothing of that form. */
export function readMetadata<Value>(
  model: Model,
  key: string,
  isValue: (value: unknown) => value is Value,
): Value | null {
  const text = model.metadata.get(key);
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isValue(value) ? value : null;
  } catch {
    return null;
  }
}
