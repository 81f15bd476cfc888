import { join } from 'node:path';
import { DemoPart, type DemoConfig, type Model, type Product } from '../contract/domain.ts';
import { KenroError, toErrorInfo } from '../contract/errors.ts';
import type { ParityCheck } from '../contract/parity.ts';
import { adoptModel, modelFile } from '../learning/modelFiles.ts';
import { keepDrawnReference } from '../learning/reference.ts';
import { readStarterManifest, type StarterManifest } from '../learning/starter.ts';
import { appendAudit, pageAudit } from '../store/audit.ts';
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
  if (pageAudit(db, null, 1).entries.length === 0) await firstStart(context, manifest?.detectors ?? []);
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
  const detectors = new Map<DemoPart, ComparedDetector | null>();
  for (const detector of shipped) {
    detectors.set(detector.part, await orNotice(context, readDetector(context, detector)));
  }
  transaction(db, () => {
    DemoPart.options.forEach((part, index) =>
      addDemoLine(context, part, detectors.get(part) ?? null, index > 0),
    );
    appendAudit(
      db,
      { actor: 'station', action: 'station.firstStart', detail: { version: options.version } },
      options.clock.nowMs(),
    );
  });
}

type NewDetector = Omit<Model, 'id' | 'createdMs' | 'productId'>;
interface ComparedDetector {
  readonly detector: NewDetector;
  readonly check: ParityCheck;
}

async function readDetector(
  { engine, options, paths, gate }: StarterContext,
  { file, sha256, name, reference }: StarterManifest['detectors'][number],
): Promise<ComparedDetector> {
  await adoptModel(paths.models, join(options.starterDir, file), [], sha256);
  if (reference) await keepDrawnReference(paths.models, sha256, reference);
  const { card } = await engine.call('card', { path: modelFile(paths.models, sha256) });
  if (!card) throw new Error(`${file} has no card`);
  const { kind, preprocess, thresholds, thresholdInterval, classes, ...origin } = card;
  const known = { sha256, name, kind, preprocess, thresholds, thresholdInterval };
  const ofClassifier = classes ? { classes: { ...classes, thresholdsByLabel: {} } } : {};
  const detector: NewDetector = { ...known, ...ofClassifier, origin: { ...origin, seconds: 0 } };
  return { detector, check: await gate.compare(detector, null, 'station') };
}

function addDemoLine(
  { db, options, gate, notices }: StarterContext,
  part: DemoPart,
  compared: ComparedDetector | null,
  paused: boolean,
): Product {
  const nowMs = options.clock.nowMs();
  const product = addProduct(db, demoNames[part], nowMs);
  if (compared) {
    const { detector, check } = compared;
    const model = addModel(db, { ...detector, productId: product.id }, nowMs);
    gate.record(detector, check);
    if (check.passed) activateModel(db, model.id);
    else notices.push(toErrorInfo(differs(model.name, check)));
  }
  const name = `Demo ${demoNames[part]}`;
  addSource(db, { name, productId: product.id, paused, config: { ...demoConfig, part } }, nowMs);
  return product;
}
