import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countModel } from '../../../native-models/onnx/count.ts';
import { discoverModules } from '../../../native-models/onnx/modules.ts';
import { sharedPath } from '../../support/shared.ts';
import { feedsOf, hasModels, loadShared, modelFiles } from './modelFiles.ts';

const pathOf = (name: string) => modelFiles.find(([each]) => each === name)![1];
const shapesOf = (model: ReturnType<typeof loadShared>) =>
  Object.fromEntries(Object.entries(feedsOf(model)).map(([name, { dims }]) => [name, dims]));
const index = sharedPath('oracles', 'fixtures', 'index.json');
const torchCounts = new Map(
  (index ? (JSON.parse(readFileSync(index, 'utf8')) as { file: string; params: number }[]) : []).map(
    ({ file, params }) => [basename(file), params],
  ),
);

describe.skipIf(!hasModels)('counting the shared models', () => {
  // Exporters that fold batch norms take γ away, and those of swin add tables of constants.
  it.each([
    'resnet18_narrow_torchscript_unfused.onnx',
    'mobilenetv3_small_075_torchscript_unfused.onnx',
    'convnext_atto_narrow_torchscript.onnx',
    'vit_tiny_d4_torchscript.onnx',
  ])('%s: as many parameters as in PyTorch', (name) => {
    const model = loadShared(pathOf(name));
    expect(countModel(model, shapesOf(model)).parameters).toBe(torchCounts.get(name));
  });

  it('MobileNetV2 at 224 px costs the 300 million multiply-adds of its paper', () => {
    const model = loadShared(pathOf('mobilenet_v2_1.0_224_f32.onnx'));
    const one = countModel(model, { input: [1, 3, 224, 224] });
    const convolutions = one.nodes.filter(({ node }) => node.op === 'Conv' || node.op === 'Gemm');
    const multiplyAdds = convolutions.reduce((sum, { flops }) => sum + flops, 0) / 2;
    // Sandler et al. 2018, table 4: 300M multiply-adds, 3.4M parameters.
    expect(multiplyAdds / 300e6).toBeCloseTo(1, 1);
    expect(one.parameters / 3.4e6).toBeCloseTo(1, 1);

    const two = countModel(model, { input: [2, 3, 224, 224] });
    expect(two.flops).toBe(2 * one.flops);
    expect(two.activationBytes).toBe(2 * one.activationBytes);
    expect(two.parameters).toBe(one.parameters);
    expect(one.peakActivationBytes).toBeLessThan(one.activationBytes / 4);
  });

  it.each(modelFiles)(
    '%s: modules are named once, nest, and do not cost more than the whole',
    (_name, path) => {
      const model = loadShared(path);
      const cost = countModel(model, shapesOf(model));
      const names = cost.modules.map(({ module }) => module.name);
      expect(new Set(names).size).toBe(names.length);
      const outermost = cost.modules.filter(({ module }) => module.parent === null);
      const inside = outermost.reduce((sum, { flops }) => sum + flops, 0);
      expect(inside).toBeLessThanOrEqual(cost.flops);
      expect(inside).toBeGreaterThan(0.9 * cost.flops);
      const seen = outermost.flatMap(({ module }) => module.nodes);
      expect(new Set(seen).size).toBe(seen.length);
    },
  );
});

describe.skipIf(!hasModels)('discovering modules', () => {
  const modulesOf = (name: string) => discoverModules(loadShared(pathOf(name)));
  const namesOf = (name: string, kind: string) =>
    modulesOf(name)
      .filter((module) => module.kind === kind)
      .map((module) => module.name);

  it.each([
    'resnet18_narrow_torchscript_unfused.onnx',
    'resnet18_narrow_torchscript.onnx',
    'resnet18_narrow_dynamo.onnx',
  ])('%s: the eight blocks of a ResNet-18, whatever the exporter', (name) => {
    const blocks = [1, 2, 3, 4].flatMap((stage) => [`layer${stage}.0`, `layer${stage}.1`]);
    expect(namesOf(name, 'residual')).toEqual(blocks);
    // The stem, two in each block, and a projection at the head of each of the four stages.
    expect(namesOf(name, 'convolution')).toHaveLength(1 + 16 + 4);
    const inFirst = modulesOf(name).filter((module) => module.parent === 'layer1.0');
    expect(inFirst.map((module) => module.name).sort()).toEqual([
      'layer1.0.conv1',
      'layer1.0.conv2',
      'layer1.0.downsample.0',
    ]);
  });

  it.each(['vit_tiny_d4_torchscript.onnx', 'vit_tiny_d4_dynamo.onnx'])(
    '%s: attention and MLP of four blocks, whatever the exporter',
    (name) => {
      const blocks = [0, 1, 2, 3];
      expect(namesOf(name, 'attention')).toEqual(blocks.map((block) => `blocks.${block}.attn`));
      expect(namesOf(name, 'mlp')).toEqual(blocks.map((block) => `blocks.${block}.mlp`));
      expect(namesOf(name, 'residual')).toEqual(
        blocks.flatMap((block) => [`blocks.${block} (attention)`, `blocks.${block} (mlp)`]),
      );
    },
  );

  it('swin: shifted windows do not hide the attention', () => {
    const name = 'swin_narrow_torchscript.onnx';
    const attentions = namesOf(name, 'attention');
    expect(attentions).toHaveLength(namesOf(name, 'mlp').length);
    expect(attentions[0]).toBe('layers.0.blocks.0.attn');
  });

  it('parameters belong to the module that uses them, also through a transposition', () => {
    const attention = modulesOf('train_b_vit.onnx').find(({ name }) => name === 'blocks.0.attn')!;
    expect([...attention.parameters].sort()).toEqual([
      'blocks.0.attn.proj.bias',
      'blocks.0.attn.proj.weight',
      'blocks.0.attn.qkv.bias',
      'blocks.0.attn.qkv.weight',
    ]);
  });
});
