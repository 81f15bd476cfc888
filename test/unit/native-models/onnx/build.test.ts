import { describe, expect, it } from 'vitest';
import {
  float,
  floatAttribute,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  tensorAttribute,
} from '../../../../native-models/onnx/attributes.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64List } from '../../../../native-models/onnx/dataTypes.ts';
import { sortNodes } from '../../../../native-models/onnx/topology.ts';

describe('building graphs in code', () => {
  it('gives fresh names that never clash, also with those of the graph it continues', () => {
    const first = new GraphBuilder();
    const x = first.input('Relu', 'float32', ['batch', 4]);
    const a = first.op('Relu', [x]);
    const b = first.op('Relu', [a]);
    expect(new Set([x, a, b]).size).toBe(3);
    first.output(b);

    const second = new GraphBuilder(first.graph());
    const c = second.op('Relu', [b]);
    expect([x, a, b]).not.toContain(c);
    const graph = second.graph();
    expect(graph.nodes.map(({ inputs }) => inputs[0])).toEqual([x, a, b]);
    expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(3);
    expect(graph.outputs.map(({ name }) => name)).toEqual([b]);
  });

  it('refuses a name that is in use', () => {
    const g = new GraphBuilder();
    g.input('x', 'float32', [1]);
    expect(() => g.input('x', 'float32', [1])).toThrow('in use');
    expect(() => g.initializer('x', float32Tensor([], [1]))).toThrow('in use');
    expect(() => g.op('Relu', ['x'], {}, { outputs: ['x'] })).toThrow('in use');
  });

  it('writes a small constant once and a large one as often as asked', () => {
    const g = new GraphBuilder();
    expect(g.scalar(2)).toBe(g.scalar(2));
    expect(g.scalar(2)).not.toBe(g.scalar(3));
    expect(g.scalar(2)).not.toBe(g.constant(float32Tensor([1], [2])));
    const large = float32Tensor([100], new Float32Array(100));
    expect(g.constant(large)).not.toBe(g.constant(large));
  });

  it('keeps operator sets and metadata of the model it continues', () => {
    const base = new GraphBuilder();
    base.output(base.op('Relu', [base.input('x', 'float32', [1])]));
    const model = { ...base.model('m', new Map([['', 13]])), metadata: new Map([['who', 'me']]) };
    const continued = new GraphBuilder(model).model();
    expect(continued).toEqual(model);
  });

  it('puts nodes into order and refuses circles and doubles', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [1]);
    g.op('Relu', ['later'], {}, { name: 'second' });
    g.op('Relu', [x], {}, { name: 'first', outputs: ['later'] });
    const { nodes } = g.graph();
    expect(nodes.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(() => sortNodes([...nodes, nodes[0]!])).toThrow('two nodes');
    const circle = [
      { ...nodes[0]!, inputs: ['b'], outputs: ['a'] },
      { ...nodes[0]!, inputs: ['a'], outputs: ['b'] },
    ];
    expect(() => sortNodes(circle)).toThrow('wait for each other');
    expect(() => sortNodes([{ ...nodes[0]!, inputs: ['a'], outputs: ['a'] }])).toThrow('its own output');
  });

  it('leaves nodes that are in order where they are, thousands of them', () => {
    const g = new GraphBuilder();
    let value = g.input('x', 'float32', [1]);
    for (let i = 0; i < 20_000; i++) value = g.op('Relu', [value]);
    const { nodes } = g.graph();
    expect(sortNodes(nodes)).toEqual(nodes);
    expect(sortNodes(nodes.toReversed())).toEqual(nodes);
  });
});

describe('attributes as plain values', () => {
  const g = new GraphBuilder();
  g.op('Any', [], {
    alpha: 1,
    half: 0.5,
    axis: 2,
    big: 2n ** 63n - 1n,
    pads: [1, 2],
    scales: [1, 2],
    empty: [],
    mode: 'linear',
    names: ['a', 'b'],
    value: int64List([7]),
    forced: float(3),
    flag: true,
  });
  const node = g.graph().nodes[0]!;

  it('takes whole numbers for ints, but not where the standard attribute is a float', () => {
    expect(floatAttribute(node, 'alpha')).toBe(1);
    expect(floatAttribute(node, 'half')).toBe(0.5);
    expect(floatAttribute(node, 'forced')).toBe(3);
    expect(intAttribute(node, 'axis')).toBe(2);
    expect(intAttribute(node, 'flag')).toBe(1);
    expect(node.attributes.get('big')).toEqual({ type: 'int', value: 2n ** 63n - 1n });
    expect(intsAttribute(node, 'pads')).toEqual([1, 2]);
    expect(intsAttribute(node, 'empty')).toEqual([]);
    expect(floatsAttribute(node, 'scales')).toEqual([1, 2]);
    expect(stringAttribute(node, 'mode')).toBe('linear');
    expect(node.attributes.get('names')?.type).toBe('strings');
    expect(tensorAttribute(node, 'value')).toEqual(int64List([7]));
  });

  it('gives the fallback where an attribute is missing or of another type', () => {
    expect(intAttribute(node, 'missing')).toBe(undefined);
    expect(intAttribute(node, 'missing', 4)).toBe(4);
    expect(intAttribute(node, 'mode', 4)).toBe(4);
    expect(intsAttribute(node, 'missing', [])).toEqual([]);
    expect(floatAttribute(node, 'axis', 0.5)).toBe(0.5);
    expect(stringAttribute(node, 'axis', 'x')).toBe('x');
    expect(tensorAttribute(node, 'axis')).toBe(undefined);
  });
});
