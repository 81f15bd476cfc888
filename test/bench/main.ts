/**
 * `npm run bench`: the numbers of the design, measured on this computer. Ratios hold within one run only.
 *
 *   npm run bench -- [verdict] [detectors] [start] [store] [memory] [training] [layers] [beside] [robustness]
 *                  [exposures] [correction] [augmentation] [certify] [smoothing] [rollout] [shadow] [screening]
 *                  [probe] [detectorProbe] [--parts N] [--seeds N]
 *                  [--per-class N] [--epochs N] [--set NAME] [--method NAME] [--severity N] [--no-attacks] [--sigmas S,S]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { severities } from '../../native-models/images/corruptions/corruption.ts';
import { benchAugmentation } from './augmentation.ts';
import { benchBeside } from './beside.ts';
import { benchCertify } from './certify.ts';
import { benchCorrection } from './correction.ts';
import { benchDetectorProbe } from './detectorProbe.ts';
import { benchDetectors } from './detectors.ts';
import { benchExposures } from './exposures.ts';
import { describeFigure, type Figure } from './figure.ts';
import { benchLayers } from './layers.ts';
import { benchMemory } from './memory.ts';
import { benchProbe } from './probe.ts';
import { benchRobustness } from './robustness/robustness.ts';
import { benchRollout } from './rollout.ts';
import { benchScreening } from './screening.ts';
import { benchShadow } from './shadow.ts';
import { benchSmoothing } from './smoothing.ts';
import { benchStartUp } from './startUp.ts';
import { benchStore } from './store.ts';
import { benchTraining } from './training.ts';
import { benchVerdict } from './verdict.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    parts: { type: 'string', default: '100000' },
    seeds: { type: 'string', default: '1' },
    'first-seed': { type: 'string' },
    'per-class': { type: 'string', default: '60' },
    epochs: { type: 'string', default: '8' },
    severity: { type: 'string', default: '2' },
    set: { type: 'string', multiple: true, default: [] as string[] },
    'no-attacks': { type: 'boolean', default: false },
    method: { type: 'string', multiple: true, default: [] as string[] },
    sigmas: { type: 'string', default: '0.12,0.25' },
  },
});
const parts = Number(values.parts);
const severity = severities.find((each) => String(each) === values.severity);
const robustness = {
  severity: severity ?? 2,
  seeds: Number(values.seeds),
  firstSeed: values['first-seed'] === undefined ? undefined : Number(values['first-seed']),
  perClass: Number(values['per-class']),
  epochs: Number(values.epochs),
  sets: values.set,
  methods: values.method,
  attacks: !values['no-attacks'],
};
const sigmas = values.sigmas.split(',').map(Number);

const sections: Record<string, (root: string) => Promise<readonly Figure[]>> = {
  verdict: benchVerdict,
  detectors: () => benchDetectors(),
  start: benchStartUp,
  store: () => benchStore(),
  memory: (root) => benchMemory(root, parts),
  training: benchTraining,
  layers: benchLayers,
  beside: benchBeside,
  robustness: () => benchRobustness(robustness),
  exposures: () => benchExposures(robustness.seeds),
  correction: () => benchCorrection(robustness.seeds),
  augmentation: () => benchAugmentation(robustness.seeds),
  certify: () => benchCertify(sigmas),
  smoothing: benchSmoothing,
  rollout: benchRollout,
  // Of planted parts at least three draws are shown together.
  screening: () => benchScreening(Math.max(3, robustness.seeds), robustness.perClass, robustness.sets),
  probe: () => benchProbe(Math.max(4, robustness.seeds), robustness.perClass, robustness.sets),
  detectorProbe: () =>
    benchDetectorProbe(robustness.seeds, robustness.perClass, robustness.sets, robustness.firstSeed),
  shadow: benchShadow,
};

const unknown = positionals.find((name) => !(name in sections));
const numbers = [parts, robustness.seeds, robustness.perClass, robustness.epochs, ...sigmas];
if (unknown !== undefined || severity === undefined || !numbers.every((value) => value > 0)) {
  console.error(`usage: npm run bench -- [${Object.keys(sections).join('] [')}] [--parts N]`);
  process.exit(2);
}

console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`);
let missed = 0;
for (const [name, measure] of Object.entries(sections)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n${name}`);
  const root = await mkdtemp(join(tmpdir(), `kenro-bench-${name}-`));
  try {
    const figures = await measure(root);
    if (figures.length === 0) console.log('   skipped: needs the shared networks and images (KENRO_SHARED)');
    for (const figure of figures) {
      const { line, met } = describeFigure(figure);
      if (!met) missed += 1;
      console.log(line);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
console.log(missed === 0 ? '\nEvery goal is met.' : `\n${missed} goals are missed.`);
