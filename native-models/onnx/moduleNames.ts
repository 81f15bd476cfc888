import type { Node } from './ir.ts';

/**
 * The framework's name for a group of nodes: the longest path common to the parameters read (`blocks.0.attn` of
 * `blocks.0.attn.qkv.weight` and `blocks.0.attn.proj.bias`), else to the nodes (`/blocks/blocks.0/attn/qkv/MatMul`).
 * A single layer is named by its first parameter, since convolution and norm may share no more than the block.
 * Null where the exporter kept no names.
 */
export function moduleName(
  kind: string,
  nodes: readonly Node[],
  initializers: readonly string[],
): string | null {
  const paths = [...initializers.map(pathOfParameter), ...nodes.map(pathOfNode)].filter(
    (path) => path !== null,
  );
  const [first] = paths;
  if (!first) return null;
  if (kind === 'convolution' || kind === 'linear') return first.join('.');
  const common = paths.reduce(commonStart);
  return common.length > 0 ? common.join('.') : null;
}

/** `name` itself, or with the kind and a number behind it where it is taken. */
export function uniqueName(name: string, kind: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const base = `${name} (${kind})`;
  let result = base;
  for (let count = 2; taken.has(result); count++) result = `${base} ${count}`;
  return result;
}

/** `layer1.0.conv1.weight` → layer1, 0, conv1. Exporters' own names (`onnx::Conv_201`, `w3`, `1178`) say nothing. */
function pathOfParameter(name: string): readonly string[] | null {
  if (name.includes('::') || name.includes('/') || !name.includes('.')) return null;
  const parts = name.split('.');
  return parts.length > 1 ? parts.slice(0, -1) : null;
}

/** `/layer1/layer1.0/conv1/Conv` → layer1, 0, conv1: each part repeats the list it stands in. */
function pathOfNode(node: Node): readonly string[] | null {
  if (!node.name.startsWith('/')) return null;
  const parts = node.name.slice(1).split('/').slice(0, -1);
  const kept = parts.filter((part, i) => !parts[i + 1]?.startsWith(`${part}.`));
  return kept.length > 0 ? kept.flatMap((part) => part.split('.')) : null;
}

function commonStart(a: readonly string[], b: readonly string[]): readonly string[] {
  const end = a.findIndex((part, i) => part !== b[i]);
  return end < 0 ? a : a.slice(0, end);
}
