import { expect, test } from 'vitest';
import { ModelError } from '../../../native-models/errors.ts';
import { float32Tensor } from '../../../native-models/onnx/dataTypes.ts';
import {
  applyLayerPatch,
  readLayerPatch,
  writeLayerPatch,
  type LayerPatch,
} from '../../../native-models/patches/layerPatch.ts';
import { readSafetensors } from '../../../native-models/patches/safetensors.ts';
import { fateOf, fuzz } from '../../support/fuzz.ts';
import { applyEdits, mutants, type Mutant } from '../../support/fuzzBytes.ts';
import { inheritedNames, network } from './onnxCorpus.ts';

const base = 'a'.repeat(64);
const isModelError = (thrown: unknown) => thrown instanceof ModelError;

function patch(more: Partial<LayerPatch> = {}): Uint8Array {
  const tensors = new Map([['conv.weight', float32Tensor([4, 3, 3, 3], new Float32Array(108))]]);
  return writeLayerPatch({ base, tensors, settings: { seed: 1 }, metrics: { accuracy: 1 }, ...more });
}

/** A safetensors file with this header, which may be text that JSON.stringify does not write, and so many bytes. */
function withHeader(header: object | string, bytes: number, stated?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(stated ?? BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(bytes)]);
}

const tensor = (start: number, end: number, shape = [end - start], dtype = 'U8') => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

const hostile: Readonly<Record<string, () => Uint8Array>> = {
  nothing: () => new Uint8Array(),
  'a header of an exabyte': () => withHeader({}, 0, 2n ** 60n),
  'a header beyond any number': () => withHeader({}, 0, 2n ** 64n - 1n),
  'overlapping tensors': () => withHeader({ a: tensor(0, 8), b: tensor(4, 12) }, 12),
  'very many tensors of the same megabyte': () =>
    withHeader(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`t${i}`, tensor(0, 1e6)])), 1e6),
  'tensors behind the end': () => withHeader({ a: tensor(0, 2 ** 40) }, 8),
  'offsets the wrong way round': () => withHeader({ a: tensor(8, 0) }, 8),
  'a shape that overflows': () => withHeader({ a: tensor(0, 8, [2 ** 52, 2 ** 52, 2 ** 52]) }, 8),
  'a shape that is infinite and empty': () =>
    withHeader({ a: tensor(0, 0, [...new Array<number>(40).fill(2 ** 52), 0]) }, 0),
  'sizes that are no numbers': () => withHeader('{"a":{"dtype":"U8","shape":["8"],"data_offsets":[0,8]}}', 8),
  'an unknown type': () => withHeader({ a: tensor(0, 8, [8], 'F128') }, 8),
  'a list for a header': () => withHeader([], 0),
  'a header in a thousand brackets': () => withHeader(`{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`, 0),
  'a header in very many brackets': () => withHeader('['.repeat(3_000_000), 0),
  'a name of a megabyte': () => withHeader({ ['x'.repeat(1e6)]: tensor(0, 9, [8]) }, 9),
  'the same name twice': () =>
    withHeader(
      '{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}}',
      16,
    ),
  ...Object.fromEntries(
    inheritedNames.flatMap((name) => [
      [`a tensor called ${name}`, () => withHeader(`{"${name}":${JSON.stringify(tensor(0, 8))}}`, 8)],
      [
        `metadata called ${name}`,
        () => withHeader(`{"__metadata__":{"${name}":"x","format":"kenro.layer-patch/1"}}`, 0),
      ],
      [
        `settings called ${name}`,
        () => patch({ settings: JSON.parse(`{"${name}":{"polluted":true}}`) as Record<string, unknown> }),
      ],
    ]),
  ),
};

function use(bytes: Uint8Array) {
  const read = readLayerPatch(bytes);
  applyLayerPatch(network(), base, read);
}

test.each(Object.keys(hostile))('a hostile patch is read or refused: %s', async (name) => {
  const fate = await fateOf(() => use(hostile[name]!()), isModelError);
  if (!name.startsWith('settings')) expect(fate).toBe('refused');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('names that objects have of themselves are names like others', () => {
  const bytes = withHeader(`{"__proto__":${JSON.stringify(tensor(0, 8))}}`, 8);
  expect([...readSafetensors(bytes).tensors.keys()]).toEqual(['__proto__']);
});

test('a file in which tensors share bytes is refused before any of them is copied', () => {
  const bytes = hostile['very many tensors of the same megabyte']!();
  const before = process.memoryUsage().arrayBuffers;
  expect(() => readSafetensors(bytes)).toThrow(/gaps or overlap/);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
});

test('damaged patches are read or refused', async () => {
  const intact = [patch(), patch({ tensors: new Map() })];
  await fuzz<Mutant | string>({
    name: 'layer patch',
    inputs: mutants(intact.length),
    corpus: Object.keys(hostile),
    attempt: (input) =>
      fateOf(
        () =>
          use(typeof input === 'string' ? hostile[input]!() : applyEdits(intact[input.file]!, input.edits)),
        isModelError,
      ),
    usualRuns: 2_000,
    bounds: { blockMs: 1_000, memoryMb: 500 },
  });
});
