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

/** What onnxruntime says when a provider is not built in, or finds no device or driver. */
const noProvider = /Failed to get a WebGPU .*|Failed to load shared library|backend not found/;

/** What a failed load means. @param path of the model, '' when it came as bytes */
export function loadingError(cause: unknown, path: string, provider = 'cpu'): ModelError {
  const text = textOf(cause);
  const refusal = provider === 'cpu' ? null : noProvider.exec(text);
  if (refusal) return new ModelError('providerUnavailable', { provider, reason: refusal[0] }, { cause });
  const model = path === '' ? {} : { name: basename(path), path };
  for (const pattern of unknownOperator) {
    const op = pattern.exec(text)?.[1];
    if (op) return new ModelError('modelOperatorUnknown', { ...model, file: path, op }, { cause });
  }
  if (/external data/i.test(text)) {
    const file = basename(/"([^"]+)"/.exec(text)?.[1] ?? '');
    return new ModelError('modelExternalDataMissing', { ...model, file, data: file }, { cause });
  }
  return new ModelError('modelUnreadable', { ...model, file: path, reason: briefly(text) }, { cause });
}

/** What a failed run means. */
export function runningError(cause: unknown): ModelError {
  const text = textOf(cause);
  const name = /for input: (\S+)/.exec(text)?.[1] ?? /input '([^']+)' is missing/.exec(text)?.[1];
  const dimensions = [...text.matchAll(/index: (\d+) Got: (\d+) Expected: (\d+)/g)];
  if (dimensions.length > 0) {
    const list = (part: 2 | 3) => dimensions.map((match) => `[${match[1]}]=${match[part]}`).join(' ');
    return wrongInput(name, list(2), list(3), cause);
  }
  const rank = /Got: (\d+) Expected: (\d+)/.exec(text);
  if (rank) return wrongInput(name, `${rank[1]}-D`, `${rank[2]}-D`, cause);
  const channels = /Input channels C.* C: (\d+) kernel channels: (\d+) group: (\d+)/s.exec(text);
  if (channels) {
    const expected = Number(channels[2]) * Number(channels[3]);
    return wrongInput(name, `${channels[1]} channels`, `${expected} channels`, cause);
  }
  const dtype = /Unexpected input data type. Actual: \(?(.+?)\)? , expected: \(?(.+?)\)?$/.exec(text);
  if (dtype) return wrongInput(name, dtype[1]!, dtype[2]!, cause);
  if (name !== undefined) return wrongInput(name, 'nothing', 'a tensor', cause);
  const op = /running (\w+) node/.exec(text)?.[1] ?? '';
  const node = /Name:'([^']+)'/.exec(text)?.[1] ?? op;
  return new ModelError('modelShapeUnresolved', { op, name: node, reason: briefly(text) }, { cause });
}

function wrongInput(name: string | undefined, got: string, expected: string, cause: unknown): ModelError {
  const params = { ...(name === undefined ? {} : { name }), got, expected };
  return new ModelError('modelInputUnsupported', { ...params, reason: `${got} for ${expected}` }, { cause });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The last sentence of onnxruntime's text: what comes before are source paths of its own build. */
function briefly(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.replace(/^.*\/onnxruntime_src\/\S+ /, '').slice(0, 300);
}
