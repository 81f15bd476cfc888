import { resolve } from 'node:path';
import type { NetworkDescription } from '../../contract/domain.ts';
import type { EngineReply } from '../../contract/engine.ts';
import { engineFlags } from '../arguments.ts';
import { UsageError } from '../command.ts';
import type { Command, Context, Given } from '../command.ts';
import { fileToWrite } from '../outputs.ts';
import { table } from '../terminal.ts';
import { withEngine } from '../withEngine.ts';

export const models: Command = {
  name: 'models',
  summary: 'Shows the registry of a station, or what an ONNX file is made of.',
  usage:
    '[list | show FILE | apply PATCH | sign FILE | verify [PATCH|FILE] | remove ID|PATCH] [--data-dir DIR]',
  details: [
    'list    the detectors of the station (default)',
    'show    inputs, layers, floating-point operations and features of any ONNX file',
    'apply   writes the model that a layer patch was made for (--model) with the patch in it to --out',
    'verify  compares every file of the registry with its hash; fails when one was changed or is missing;',
    '        with a PATCH, says whether --model is its base or holds it, and fails when it is neither',
    '        with --key, checks the signature beside a model or PATCH (FILE.sig.json)',
    'sign    signs a model or PATCH by the --key of a plant: writes FILE.sig.json',
    'remove  takes a detector that no product uses out of the registry; its history stays;',
    '        with a PATCH, takes it off --model: checks both, and writes --base to --out',
  ],
  flags: {
    'data-dir': { type: 'string', value: 'DIR', help: 'where the station keeps its data' },
    model: { type: 'string', value: 'FILE', help: 'apply, verify, remove: the model the PATCH is about' },
    base: { type: 'string', value: 'FILE', help: 'remove: the model the PATCH was made for' },
    out: { type: 'string', value: 'FILE', help: 'apply, remove: where the model is written' },
    key: { type: 'string', value: 'FILE', help: 'sign, verify: key file of a station (keys/ID.json)' },
    'passphrase-file': { type: 'string', value: 'FILE', help: 'sign: its first line opens the key' },
    layers: { type: 'boolean', help: 'show: every layer' },
    ...engineFlags,
  },
  run: async (given, context) => {
    const [action = 'list', ...rest] = given.positionals;
    const handler = actions.get(action);
    if (!handler) throw new UsageError(`there is no "models ${action}"`);
    await handler(given, context, rest);
  },
};

const actions = new Map<string, (given: Given, context: Context, rest: string[]) => Promise<void>>([
  ['list', list],
  ['show', show],
  ['apply', apply],
  ['sign', sign],
  ['verify', (given, context, rest) => verifierOf(given, rest)(given, context, rest)],
  ['remove', (given, context, rest) => (isId(rest[0]) ? remove : removePatch)(given, context, rest)],
]);

/** The database is loaded for those who read it. */
const registry = () => import('../registry.ts');

async function list(given: Given, { terminal }: Context): Promise<void> {
  const header = ['id', 'active', 'product', 'name', 'NG from', 'good images', 'sha256'];
  const { listModelFiles } = await registry();
  const found = listModelFiles(given.text('data-dir'));
  if (!given.has('json')) {
    const rows = found.map((model) => [
      String(model.id),
      model.active ? 'yes' : '',
      model.product,
      model.name,
      model.threshold.toPrecision(4),
      String(model.goodImages),
      model.sha256.slice(0, 12),
    ]);
    terminal.result({}, found.length > 0 ? table([header, ...rows]) : ['no models yet']);
    return;
  }
  for (const model of found) terminal.result(model, []);
}

async function show(given: Given, { terminal, signal }: Context, [file]: string[]): Promise<void> {
  if (file === undefined) throw new UsageError('show needs a FILE');
  const path = resolve(file);
  await withEngine(given, async (engine) => {
    const network = await engine.call('describe', { path }, { signal });
    const { card } = await engine.call('card', { path }, { signal });
    terminal.result({ ...network, card }, [...linesOf(network, given.has('layers')), ...cardLines(card)]);
  });
}

function linesOf(network: NetworkDescription, withLayers: boolean): string[] {
  const { suggestedPreprocess: preprocess } = network;
  return [
    network.path,
    ...table([
      ['  sha256', network.sha256],
      ['  made by', network.producer || 'unknown'],
      ['  opset', String(network.opset)],
      ['  input', `${network.inputName} [${network.inputShape.join(', ')}]`],
      ['  parameters', String(network.parameters)],
      ['  flops', String(network.flops)],
      ['  preprocess', JSON.stringify(preprocess)],
      ['  features', network.suggestedFeatures.join(', ') || 'none found'],
    ]),
    ...(withLayers ? layerLines(network) : [`  ${network.layers.length} layers (--layers lists them)`]),
  ];
}

function layerLines({ layers }: NetworkDescription): string[] {
  return table([
    ['  output', 'op', 'shape', 'parameters', 'flops'],
    ...layers.map(({ output, op, shape, parameters, flops }) => [
      `  ${output}`,
      op,
      `[${shape.join(', ')}]`,
      String(parameters),
      String(flops),
    ]),
  ]);
}

function cardLines(card: EngineReply<'card'>['card']): string[] {
  if (!card) return ['  no detector of Kenro: it can serve as a backbone'];
  const { thresholds, goodImages, ngImages, memory, backbone, features } = card;
  return [
    `  ${card.kind} detector on ${backbone} (${features.join(', ')})`,
    `  taught on ${goodImages} good and ${ngImages} defective images, memory of ${memory}`,
    `  review from ${thresholds.review}, NG from ${thresholds.ng}`,
  ];
}

async function verify(given: Given, { terminal }: Context): Promise<void> {
  const { verifyModelFiles } = await registry();
  const checked = await verifyModelFiles(given.text('data-dir'), async (path) => {
    const network = await withEngine(given, (engine) => engine.call('describe', { path }));
    return network.externalFiles ?? [];
  });
  for (const file of checked.files) terminal.result(file, [`${file.state.padEnd(8)}  ${file.path}`]);
  if (checked.error) throw checked.error;
}

function verifierOf(given: Given, rest: string[]) {
  if (given.has('key')) return verifySignature;
  return rest.length > 0 ? verifyPatch : verify;
}

async function sign(given: Given, { terminal, clock }: Context, [path]: string[]): Promise<void> {
  const { signFile } = await import('../signatures.ts');
  const target = fileOf(path, 'sign needs a FILE');
  const signed = await signFile(target, file(given, 'key'), file(given, 'passphrase-file'), clock);
  terminal.result({ ...signed }, [`${signed.signature}: signed by ${signed.keyId}`]);
}

async function verifySignature(given: Given, { terminal }: Context, [path]: string[]): Promise<void> {
  const { verifyFile } = await import('../signatures.ts');
  const target = fileOf(path, 'verify --key needs a FILE');
  const found = await verifyFile(target, file(given, 'key'));
  const when = new Date(found.signedMs).toISOString();
  terminal.result({ file: target, state: 'signed', ...found }, [
    `${target}: signed by ${found.keyId} at ${when}`,
  ]);
}

const isId = (text: string | undefined) => /^\d+$/.test(text ?? '');

async function remove(given: Given, { terminal, clock }: Context, [id]: string[]): Promise<void> {
  const { removeModelFile } = await registry();
  const removed = await removeModelFile(given.text('data-dir'), Number(id), clock);
  terminal.result({ removed: Number(id), sha256: removed.sha256 }, [`removed ${removed.name}`]);
}

async function apply(given: Given, { terminal, signal }: Context, [patch]: string[]): Promise<void> {
  const request = {
    patch: fileOf(patch, 'apply needs a PATCH'),
    model: file(given, 'model'),
    out: await fileToWrite('out', file(given, 'out')),
  };
  const applied = await withEngine(given, (engine) => engine.call('applyPatch', request, { signal }));
  terminal.result({ ...applied }, [`${applied.model}: ${applied.tensors.length} tensors changed`]);
}

async function verifyPatch(given: Given, { terminal, signal }: Context, [patch]: string[]): Promise<void> {
  const request = { patch: fileOf(patch, 'verify needs a PATCH'), model: file(given, 'model') };
  const found = await withEngine(given, (engine) => engine.call('verifyPatch', request, { signal }));
  const text = found.state === 'base' ? 'is the model the patch was made for' : 'holds the patch';
  terminal.result({ ...found, model: request.model }, [`${request.model} ${text}`]);
}

async function removePatch(given: Given, { terminal, signal }: Context, [patch]: string[]): Promise<void> {
  const request = {
    patch: fileOf(patch, 'remove needs the ID that "kenro models" shows, or a PATCH'),
    model: file(given, 'model'),
    base: file(given, 'base'),
    out: await fileToWrite('out', file(given, 'out')),
  };
  const removed = await withEngine(given, (engine) => engine.call('removePatch', request, { signal }));
  terminal.result({ ...removed }, [`${removed.model}: the model without the patch`]);
}

function fileOf(path: string | undefined, usage: string): string {
  if (path === undefined) throw new UsageError(usage);
  return resolve(path);
}

const file = (given: Given, flag: string) => fileOf(given.text(flag), `--${flag} is missing`);
