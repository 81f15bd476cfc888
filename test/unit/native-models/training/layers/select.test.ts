import { describe, expect, it } from 'vitest';
import type { ModelError } from '../../../../../native-models/errors.ts';
import { GraphBuilder } from '../../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../../native-models/onnx/dataTypes.ts';
import { seededRandom } from '../../../../../native-models/random.ts';
import { parseLayerPolicy } from '../../../../../native-models/training/layers/policy.ts';
import {
  lowestParameter,
  selectParameters,
  type SelectionPolicy,
} from '../../../../../native-models/training/layers/select.ts';
import { smallResidualNetwork } from '../smallNetworks.ts';

const model = smallResidualNetwork();
const select = (text: string, seed = 0) =>
  selectParameters(model, parseLayerPolicy(text) as SelectionPolicy, { random: seededRandom(seed) });

const stem = ['stem.weight', 'bn.weight', 'bn.bias'];
const conv1 = ['layer1.conv1.weight', 'layer1.bn1.weight', 'layer1.bn1.bias'];
const conv2 = ['layer1.conv2.weight', 'layer1.bn2.weight', 'layer1.bn2.bias'];
const head = ['fc.weight', 'fc.bias'];

describe('layer policies', () => {
  it('all: weights, biases, scales and shifts, but no running statistics', () => {
    expect(select('all')).toEqual([...stem, ...conv1, ...conv2, 'wide.weight', ...head]);
  });

  it('head, last-k, first-block', () => {
    expect(select('head')).toEqual(head);
    expect(select('last-k:1')).toEqual(head);
    expect(select('last-k:2')).toEqual(['wide.weight', ...head]);
    expect(select('last-k:3')).toEqual([...conv2, 'wide.weight', ...head]);
    expect(select('last-k:99')).toEqual(select('all'));
    expect(select('first-block')).toEqual([...stem, ...conv1, ...conv2]);
  });

  it('random: whole modules, the same for the same seed, others for another', () => {
    const drawn = select('random:0.4', 1);
    expect(select('random:0.4', 1)).toEqual(drawn);
    const modules = [stem, conv1, conv2, ['wide.weight'], head];
    const whole = modules.filter((module) => module.every((name) => drawn.includes(name)));
    expect(whole).toHaveLength(2);
    expect(whole.flat().sort()).toEqual([...drawn].sort());
    const draws = new Set(Array.from({ length: 20 }, (_, seed) => select('random:0.4', seed).join()));
    expect(draws.size).toBeGreaterThan(3);
    expect(select('random:1')).toEqual(select('all'));
  });

  it('names: parameters, modules, beginnings of a path and patterns, each once', () => {
    expect(select('fc.bias, stem.weight')).toEqual(['stem.weight', 'fc.bias']);
    expect(select('layer1')).toEqual([...conv1, ...conv2]);
    expect(select('layer1.conv1')).toEqual(conv1);
    expect(select('*bn?.bias,layer1.bn1.bias')).toEqual(['layer1.bn1.bias', 'layer1.bn2.bias']);
  });

  it('a name that matches nothing is refused with near names', () => {
    const refusal = (text: string) => {
      try {
        select(text);
      } catch (thrown) {
        return thrown as ModelError;
      }
      throw new Error('accepted');
    };
    const { kind, params } = refusal('fc.bias,layer1.convl.weight');
    expect(kind).toBe('parameterUnknown');
    expect(params['name']).toBe('layer1.convl.weight');
    expect(String(params['near'])).toMatch(/^layer1.conv1.weight, layer1.conv2.weight/);
    expect(refusal('nothing*').kind).toBe('parameterUnknown');
    expect(refusal('bn.running_mean').kind).toBe('parameterUnknown');
  });

  it.each(['last-k', 'last-k:0', 'last-k:two', 'random:0', 'random:1.5', 'random:', 'lora:-1', ' , '])(
    '%s is no policy',
    (text) => {
      expect(() => parseLayerPolicy(text)).toThrow(/badRequest/);
    },
  );

  it('finds the lowest trained parameter whatever the order asked in', () => {
    expect(lowestParameter(model, ['fc.bias', 'layer1.bn2.bias', 'wide.weight'])).toBe('layer1.bn2.bias');
  });

  it('of several outputs only the one the loss is computed from counts', () => {
    const g = new GraphBuilder();
    const x = g.input('input', 'float32', ['batch', 2]);
    const product = (name: string, from: string) =>
      g.op('MatMul', [from, g.initializer(name, float32Tensor([2, 2], [1, 2, 3, 4]))]);
    const first = product('a.weight', x);
    g.outputAs('features', product('b.weight', first));
    g.outputAs('logits', product('c.weight', first));
    const two = g.model('two');
    const options = { random: seededRandom(0) };
    expect(selectParameters(two, { kind: 'head' }, options)).toEqual(['b.weight', 'c.weight']);
    expect(selectParameters(two, { kind: 'head' }, { ...options, outputs: ['logits'] })).toEqual([
      'c.weight',
    ]);
    expect(selectParameters(two, { kind: 'all' }, { ...options, outputs: ['logits'] })).toEqual([
      'a.weight',
      'c.weight',
    ]);
  });
});
