import { resolve } from 'node:path';
import type { EngineReply } from '../../contract/engine.ts';
import { testSamples } from '../../learning/dataset.ts';
import { engineFlags, oneOf } from '../arguments.ts';
import { attackFlags, attackNames, batchOf, normOf, radiiOf, stepsOf } from '../attackFlags.ts';
import { UsageError, type Command } from '../command.ts';
import { dataDetails, dataFlags, labelledImages, limited } from '../labelledImages.ts';
import { folderToWrite } from '../outputs.ts';
import { table } from '../terminal.ts';
import { withEngine } from '../withEngine.ts';

export const attack: Command = {
  name: 'attack',
  summary: 'Looks for the smallest disturbances that turn a verdict: one attack on labelled images.',
  usage: '--model FILE --data DIR --attack NAME --eps E [--norm linf|l2] [--save DIR]',
  details: [
    ...dataDetails,
    'Where there is a test part, only it is used.',
    'A verdict is turned where a good part does not pass any more, or a defective one does.',
    'NAME: fgsm, pgd, apgd-ce, apgd-margin, apgd-dlr (3 classes or more), apgd-t (4 or more), fab, square.',
  ],
  flags: {
    model: { type: 'string', value: 'FILE', help: 'a detector or classifier', required: true },
    ...dataFlags,
    attack: { type: 'string', value: 'NAME', help: 'the attack', required: true },
    ...attackFlags,
    criterion: {
      type: 'string',
      value: 'NAME',
      help: "what it is to change: class (default), or the verdict at the model's thresholds (verdict)",
    },
    save: {
      type: 'string',
      value: 'DIR',
      help: "folder for the attacked images, PNG of 16 bit at the network's size",
    },
    ...engineFlags,
  },
  run: async (given, { terminal, signal }) => {
    const [epsilon, ...more] = radiiOf(given);
    if (!given.has('eps') || more.length > 0) throw new UsageError('--eps needs one radius, such as 2/255');
    const name = oneOf('attack', given.text('attack') as string, attackNames);
    const samples = limited(testSamples(await labelledImages(given)), given);
    const save = given.text('save');
    const saveDir = save === undefined ? null : await folderToWrite('save', save);
    await withEngine(given, async (engine) => {
      const reply = await engine.call(
        'attack',
        {
          model: resolve(given.text('model') as string),
          images: samples.map(({ path, label, group }) => ({ path, label, group })),
          attack: name,
          criterion: oneOf('criterion', given.text('criterion') ?? 'class', ['class', 'verdict'] as const),
          norm: normOf(given),
          epsilon: epsilon!,
          steps: stepsOf(given),
          batch: batchOf(given),
          seed: given.integer('seed', 0, 0, 0xffff_ffff),
          saveDir,
        },
        { signal, onProgress: terminal.progress },
      );
      for (const { path, ...rest } of reply.images) {
        const record = { file: path, ...rest };
        terminal.result(record, [`${path}  ${rest.label}: ${rest.before} -> ${rest.after}`]);
      }
      tellSummary(reply);
    });

    function tellSummary({
      images,
      cleanAccuracy,
      robustAccuracy,
      flops,
      seconds,
    }: EngineReply<'attack'>): void {
      const record = {
        images: images.length,
        cleanAccuracy: cleanAccuracy.value,
        robustAccuracy: robustAccuracy.value,
        intervals: { cleanAccuracy: cleanAccuracy.interval, robustAccuracy: robustAccuracy.interval },
        flops,
        seconds,
      };
      const text = ({ value, hits, of }: typeof cleanAccuracy) => `${value.toFixed(4)}  (${hits} of ${of})`;
      terminal.result(
        record,
        table([
          ['right before', text(cleanAccuracy)],
          ['right after', text(robustAccuracy)],
        ]),
      );
    }
  },
};
