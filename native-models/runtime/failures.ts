import { basename } from 'node:path';
import { ModelError } from '../errors.ts';

/**
 * onnxruntime throws plain errors whose only content is their text. These patterns were taken from what
 * version 1.30 says; text that matches none of them is still reported, under the kind of its phase.
 */
const unknownOperator = [
  /No Op registered for (\S+) with domain_version/,
  /([\w.:]+)\(-?\d+\) is not a registered function\/op/,
  /Could not find an implementation for (\w+)\(/,
];

/** What a failed load means. @param file path of the model, '' when it came as bytes */
export function loadingError(cause: unknown, file: string): ModelError {
  const text = textOf(cause);
  const named = file === '' ? {} : { file };
  for (const pattern of unknownOperator) {
    const operator = pattern.exec(text)?.[1];
    if (operator) return new ModelError('modelOperatorUnknown', { ...named, operator }, { cause });
  }
  if (/external data/i.test(text)) {
    const path = /"([^"]+)"/.exec(text)?.[1] ?? '';
    return new ModelError('modelExternalDataMissing', { ...named, data: basename(path) }, { cause });
  }
  if (/doesn't exist/.test(text)) return new ModelError('modelMissing', named, { cause });
  return new ModelError('modelUnreadable', { ...named, reason: briefly(text) }, { cause });
}

/** What a failed run means. */
export function runningError(cause: unknown): ModelError {
  const text = textOf(cause);
  const dimensions = [...text.matchAll(/index: (\d+) Got: (\d+) Expected: (\d+)/g)];
  const input = /for input: (\S+)/.exec(text)?.[1] ?? /input '([^']+)' is missing/.exec(text)?.[1];
  if (dimensions.length > 0) {
    const list = (part: 2 | 3) => dimensions.map((match) => `[${match[1]}]=${match[part]}`).join(' ');
    return new ModelError(
      'modelInputUnsupported',
      { input: input ?? '', got: list(2), expected: list(3) },
      { cause },
    );
  }
  const rank = /Got: (\d+) Expected: (\d+)/.exec(text);
  if (rank) {
    const params = { input: input ?? '', got: `${rank[1]}-D`, expected: `${rank[2]}-D` };
    return new ModelError('modelInputUnsupported', params, { cause });
  }
  const channels = /Input channels C.* C: (\d+) kernel channels: (\d+) group: (\d+)/s.exec(text);
  if (channels) {
    const expected = Number(channels[2]) * Number(channels[3]);
    const params = { input: input ?? '', got: `${channels[1]} channels`, expected: `${expected} channels` };
    return new ModelError('modelInputUnsupported', params, { cause });
  }
  if (input !== undefined || /Unexpected input data type/.test(text)) {
    return new ModelError(
      'modelInputUnsupported',
      { input: input ?? '', got: '', expected: briefly(text) },
      {
        cause,
      },
    );
  }
  const node = /running (\w+) node/.exec(text)?.[1] ?? '';
  return new ModelError('modelShapeUnresolved', { operator: node, reason: briefly(text) }, { cause });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The last sentence of onnxruntime's text: what comes before are source paths of its own build. */
function briefly(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.replace(/^.*\/onnxruntime_src\/\S+ /, '').slice(0, 300);
}
