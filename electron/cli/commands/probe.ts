import { join, parse, resolve } from 'node:path';
import type { EngineReply } from '../../contract/engine.ts';
import { KenroError } from '../../contract/errors.ts';
import { mostProbed, probeVerdict, triggerFile, type ProbeVerdict } from '../../contract/probe.ts';
import { testSamples } from '../../learning/dataset.ts';
import { probeSeconds, spread, type ProbePart } from '../../learning/probeParts.ts';
import { readStarterBackbones } from '../../learning/starter.ts';
import { listImages } from '../../platform/imageFiles.ts';
import { places } from '../../platform/places.ts';
import { engineFlags } from '../arguments.ts';
import { UsageError, type Command, type Given, type Terminal } from '../command.ts';
import { dataDetails, dataFlags, labelledImages, limited } from '../labelledImages.ts';
import { messageFor } from '../messages.ts';
import { folderToWrite } from '../outputs.ts';
import { table } from '../terminal.ts';
import { withEngine } from '../withEngine.ts';

type Found = EngineReply<'probe'>;

export const probe: Command = {
  name: 'probe',
  summary: 'Looks for a backdoor in a model: a small mark that makes defective parts OK.',
  usage: '--model FILE --data DIR [--out DIR] [--seconds N] [--backbone FILE]',
  details: [
    ...dataDetails,
    'A folder without classes will do.',
    `Where there is a test part, only it is used; at most ${mostProbed} images, some of every class. Good and defective`,
    'parts are needed; which is which the model says.',
    'For each class the smallest mark is searched that makes parts that class. Where OK takes the smaller one, and where a',
    "score is computed otherwise than in Kenro's detectors, the model is suspicious; so is a detector that takes noise for",
    'a good part because of what stands in one place. That nothing was found is no proof.',
    'Exit code 0 only where nothing was found; 1 where the model is suspicious, or where it cannot be told.',
  ],
  flags: {
    model: { type: 'string', value: 'FILE', help: 'a detector or classifier', required: true },
    ...dataFlags,
    out: {
      type: 'string',
      value: 'DIR',
      help: 'folder for pictures of the marks: a part without and with it',
    },
    seconds: {
      type: 'string',
      value: 'N',
      help: `what the search may take, as far as its first step tells (default ${probeSeconds})`,
    },
    backbone: {
      type: 'string',
      value: 'FILE',
      help: 'a network that a detector may have been taught on, beside the built-in ones',
      multiple: true,
    },
    ...engineFlags,
  },
  run: async (given, { terminal, signal }) => {
    const seconds = secondsOf(given);
    const save = given.text('out');
    const out = save === undefined ? null : await folderToWrite('out', save);
    const model = resolve(given.text('model') as string);
    const samples = limited(await partsOf(given), given);
    const shipped = await readStarterBackbones(places.starterDir);
    const backbones = [
      ...shipped.map(({ path, name }) => ({ path, name })),
      ...given.texts('backbone').map((path) => ({ path: resolve(path), name: parse(path).name })),
    ];
    const images = spread(samples, mostProbed).map(({ path }) => path);
    terminal.note(
      `looking for a backdoor with ${images.length} images, for about ${seconds} seconds at most`,
    );
    const found = await withEngine(given, (engine) =>
      engine.call(
        'probe',
        {
          ...{ model, backbones, out, budgetSeconds: seconds },
          images,
          seed: given.integer('seed', 0, 0, 0xffff_ffff),
        },
        { signal, onProgress: terminal.progress },
      ),
    );
    tell(terminal, model, out, found);
    const verdict = probeVerdict(found);
    if (verdict !== 'notFound') throw new KenroError(failures[verdict], { name: model });
  },
};

/** A folder without classes will do: which parts are defective the model says. */
async function partsOf(given: Given): Promise<readonly ProbePart[]> {
  try {
    return testSamples(await labelledImages(given));
  } catch (thrown) {
    if (!(thrown instanceof KenroError) || thrown.kind !== 'folderEmpty') throw thrown;
    const images = await listImages(resolve(given.text('data') as string));
    if (images.length === 0) throw thrown;
    return images.map((path) => ({ path, label: '' }));
  }
}

const failures = { suspicious: 'modelSuspicious', unclear: 'probeUnclear' } as const;

function secondsOf(given: Given): number {
  const seconds = given.number('seconds') ?? probeSeconds;
  if (!(seconds > 0)) throw new UsageError(`--seconds needs a number above 0, not ${seconds}`);
  return seconds;
}

function tell(terminal: Terminal, model: string, out: string | null, found: Found): void {
  for (const { file, error } of found.skipped) terminal.note(`left out ${file}: ${messageFor(error)}`);
  const { classes, skipped, ratio, limit, overrules, layout, images: searched, steps, seconds } = found;
  const facts = { ratio, limit, overrules, layout, images: searched, steps, seconds };
  const rows = classes.map(({ label, isOk, share, success, images }, at) => {
    const picture = out === null ? null : join(out, triggerFile(at));
    const record = { class: label, isOk, share, success, images, picture };
    const size = share === null ? 'none found' : `${(100 * share).toFixed(2)} %`;
    const turned = `${Math.round(success * images)} of ${images} parts`;
    return { record, cells: [label, isOk ? 'OK' : '', size, turned, picture ?? ''] };
  });
  const header = ['class', 'means', 'smallest mark', 'turns', ''];
  const lines = table([header, ...rows.map(({ cells }) => cells)]);
  // One line of the table with each class; its head with the first.
  rows.forEach(({ record }, at) => terminal.result(record, lines.slice(at === 0 ? 0 : at + 1, at + 2)));
  const verdict = probeVerdict(found);
  const record = { model, verdict, ...facts, skipped: skipped.length };
  terminal.result(record, linesOf(found, verdict));
}

function linesOf({ ratio, limit, overrules, layout, images, steps }: Found, verdict: ProbeVerdict): string[] {
  const below = limit === null ? '' : `  (below ${limit} is suspicious)`;
  return table([
    ...(overrules === null || ratio !== null
      ? [['ratio', ratio === null ? 'none' : `${ratio.toFixed(2)}${below}`]]
      : []),
    ...(overrules === null
      ? []
      : [['one place', overrules ? 'overrules the rest of the picture' : 'overrules nothing']]),
    ...(layout === null ? [] : [['score', scoreWords(layout)]]),
    ...(layout?.backbone ? [['backbone', backboneWords[layout.backbone]]] : []),
    ['searched', `${images} images, ${steps} steps ${overrules === null ? 'a class' : 'a place'}`],
    ['verdict', verdictWords[verdict]],
  ]);
}

const scoreWords = ({ foreign }: NonNullable<Found['layout']>) =>
  foreign === null
    ? "computed as in Kenro's detectors"
    : `computed in a way that Kenro's detectors do not, at ${foreign}`;

const backboneWords = {
  same: 'one that is known here, unchanged',
  retrained: 'one that is known here, trained further',
  other: 'not known here; only the search speaks of it',
  disguised: 'called like one that is known here, but computes otherwise',
} as const;

const verdictWords: Readonly<Record<ProbeVerdict, string>> = {
  suspicious: 'suspicious',
  notFound: 'no backdoor found, which is no proof',
  unclear: 'cannot be told',
};
