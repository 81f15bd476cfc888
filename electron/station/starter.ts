import { join } from 'node:path';
import { DemoPart, type DemoConfig, type Model } from '../contract/domain.ts';
import { KenroError, toErrorInfo } from '../contract/errors.ts';
import type { ParityCheck } from '../contract/parity.ts';
import { adoptModel, modelFile } from '../learning/modelFiles.ts';
import { keepDrawnReference } from '../learning/reference.ts';
import { readStarterManifest, type StarterManifest } from '../learning/starter.ts';
import { appendAudit, lastAudit } from '../store/audit.ts';
import { keepBuiltInBackbones } from '../store/backbones.ts';
import { transaction } from '../store/db.ts';
import { activateModel, addModel } from '../store/models.ts';
import { addProduct } from '../store/products.ts';
import { addSource } from '../store/sources.ts';
import type { StationContext } from './context.ts';
import { differs } from './parity/parityGate.ts';

const demoNames: Record<DemoPart, string> = { disc: '円板 Disc', tile: 'タイル Tile', label: 'ラベル Label' };
const demoConfig: Omit<DemoConfig, 'part'> = {
  kind: 'demo',
  seed: 1,
  intervalMs: 1_000,
  defectRate: 0.08,
  disturbances: { light: 0.1, blur: 0, noise: 0.05 },
};

type StarterContext = Pick<StationContext, 'db' | 'options' | 'paths' | 'engine' | 'notices' | 'gate'>;

/**
 * Puts the shipped models into the registry and, on the very first start, a demo line for each demo part into the
 * store, the first of them running. Does nothing that was done before. An incomplete installation is a notice:
 * it must not keep the user's own line from running.
 */
export async function setUpStarter(context: StarterContext): Promise<void> {
  const { db, options, paths } = context;
  const manifest = await orNotice(context, readStarterManifest(options.starterDir));
  const shipped = [];
  for (const { file, sha256, name, preprocess, features } of manifest?.backbones ?? []) {
    const adopted = await orNotice(
      context,
      adoptModel(paths.models, join(options.starterDir, file), [], sha256),
    );
    if (adopted !== null) shipped.push({ sha256, name, preprocess, features });
  }
  if (manifest) keepBuiltInBackbones(db, shipped, options.clock.nowMs());
  if (lastAudit(db) === undefined) await firstStart(context, manifest?.detectors ?? []);
}

/** `null`: it failed as can be expected, and the operator is told. */
async function orNotice<Result>({ notices }: StarterContext, work: Promise<Result>): Promise<Result | null> {
  try {
    return await work;
  } catch (thrown) {
    if (!(thrown instanceof KenroError)) throw thrown;
    notices.push(toErrorInfo(thrown));
    return null;
  }
}

async function firstStart(context: StarterContext, shipped: StarterManifest['detectors']): Promise<void> {
  const { db, options } = context;
  const detectors = new Map<DemoPart, NewDetector | null>();
  for (const detector of shipped) {
    detectors.set(detector.part, await orNotice(context, readDetector(context, detector)));
  }
  // The others are compared when their lines start: the first verdict does not wait for them.
  const first = detectors.get(DemoPart.options[0] as DemoPart);
  const check = first ? await orNotice(context, context.gate.compare(first, null, 'station')) : null;
  transaction(db, () => {
    DemoPart.options.forEach((part, index) => {
      const model = addDemoLine(context, part, detectors.get(part) ?? null, index > 0);
      if (model && (index > 0 || isRight(context, model, check))) activateModel(db, model.id);
    });
    appendAudit(
      db,
      { actor: 'station', action: 'station.firstStart', detail: { version: options.version } },
      options.clock.nowMs(),
    );
  });
}

type NewDetector = Omit<Model, 'id' | 'createdMs' | 'productId'>;

async function readDetector(
  { engine, options, paths }: StarterContext,
  { file, sha256, name, reference }: StarterManifest['detectors'][number],
): Promise<NewDetector> {
  await adoptModel(paths.models, join(options.starterDir, file), [], sha256);
  if (reference) await keepDrawnReference(paths.models, sha256, reference);
  const { card } = await engine.call('card', { path: modelFile(paths.models, sha256) });
  if (!card) throw new Error(`${file} has no card`);
  const { kind, preprocess, thresholds, thresholdInterval, classes, ...origin } = card;
  const known = { sha256, name, kind, preprocess, thresholds, thresholdInterval };
  const ofClassifier = classes ? { classes: { ...classes, thresholdsByLabel: {} } } : {};
  return { ...known, ...ofClassifier, origin: { ...origin, seconds: 0 } };
}

function addDemoLine(
  { db, options }: StarterContext,
  part: DemoPart,
  detector: NewDetector | null,
  paused: boolean,
): Model | null {
  const nowMs = options.clock.nowMs();
  const product = addProduct(db, demoNames[part], nowMs);
  const model = detector && addModel(db, { ...detector, productId: product.id }, nowMs);
  const name = `Demo ${demoNames[part]}`;
  addSource(db, { name, productId: product.id, paused, config: { ...demoConfig, part } }, nowMs);
  return model;
}

/** `check` is `null` where it could not be compared, which the operator has been told. */
function isRight({ gate, notices }: StarterContext, model: Model, check: ParityCheck | null): boolean {
  if (!check) return false;
  gate.record(model, check);
  if (!check.passed) notices.push(toErrorInfo(differs(model.name, check)));
  return check.passed;
}
