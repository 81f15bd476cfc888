import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CarriedModel, type CarriedProduct } from '../../contract/carried.ts';
import { KenroError } from '../../contract/errors.ts';
import type { Job } from '../../contract/jobs.ts';
import type { SignatureFile } from '../../contract/signing.ts';
import type { Advance, Jobs } from '../../learning/jobs.ts';
import { combinedSha256, fileSha256 } from '../../learning/modelFiles.ts';
import type { KeyPair } from '../../learning/signing/keys.ts';
import { keyIdOf, signAs } from '../../learning/signing/statement.ts';
import { trustOfFile } from '../../learning/signing/trust.ts';
import type { Clock } from '../../platform/clock.ts';
import { asDiskError, flushFolder, flushFolders } from '../../platform/durableFile.ts';
import { hashFile } from '../../platform/hashedCopy.ts';
import type { DataPaths } from '../../platform/paths.ts';
import { appendAudit } from '../../store/audit.ts';
import { transaction, type WritableDb } from '../../store/db.ts';
import { addModel, listModels } from '../../store/models.ts';
import { addProduct, listProducts, readProduct, setProductSmoothing } from '../../store/products.ts';
import { addModelSignature, modelSignature } from '../../store/signing.ts';
import { filesBelow } from '../backups/makeSet.ts';
import { assertReadable } from '../listFolder.ts';
import { readCarried, writeCarried, type Content } from './carriedFile.ts';

export interface CarryingOptions {
  readonly db: WritableDb;
  readonly paths: DataPaths;
  readonly clock: Clock;
  readonly version: string;
  readonly jobs: Jobs;
  readonly onImported: () => void;
}

export const carriedExtension = '.kenro';
/** A model's own file or folder, or what it is compared on. */
const ofModel = /^([0-9a-f]{64})(\.onnx|\/.+|\.reference\/.+)$/;
const referenceList = /^[0-9a-f]{64}\.reference\/reference\.json$/;

/** Takes a product with its models from one station to another, as one file. */
export class Carrying {
  readonly #options: CarryingOptions;

  constructor(options: CarryingOptions) {
    this.#options = options;
  }

  /**
   * Writes `<name>.kenro` into a folder, signed by a key of this station or plant.
   * @throws {KenroError} `notFound`, `folderMissing`, `folderForbidden`
   */
  async export(productId: number, folder: string, pair: KeyPair): Promise<Job> {
    const { db, paths, version, clock } = this.#options;
    const product = readProduct(db, productId);
    const models = listModels(db).filter((model) => model.productId === productId);
    await assertReadable(folder);
    const path = join(folder, `${fileName(product.name)}${carriedExtension}`);
    return this.#start('productExport', path, productId, async (advance, signal) => {
      const contents = await contentsOf(paths.models, new Set(models.map(({ sha256 }) => sha256)), signal);
      const total = contents.reduce((sum, { bytes }) => sum + bytes, 0);
      let done = 0;
      const header: Omit<CarriedProduct, 'files'> = {
        format: 1,
        app: version,
        name: product.name,
        smoothing: product.smoothing ?? null,
        models: models.map((model) =>
          CarriedModel.parse({ ...model, signature: modelSignature(db, model.id) }),
        ),
      };
      const sign = (sha256: string) => signAs(pair, { what: 'product', sha256, meaning: {} }, clock.nowMs());
      await writeCarried(path, header, contents, sign, signal, (bytes) =>
        advance({ done: (done += bytes), total }),
      );
      const keyId = keyIdOf(pair.publicKey);
      const detail = { id: productId, name: product.name, path, models: models.length, keyId };
      appendAudit(db, { action: 'product.export', detail }, clock.nowMs());
    });
  }

  /**
   * Adds the product of a file that is signed by a key that counts here, or that an administrator answers for. None of its
   * models is in use yet: putting one in use compares it with its making first.
   * @param name instead of its own, where that is taken
   * @param reason of the administrator; null = nobody answers for it, and the job fails with `productUntrusted`
   */
  import(path: string, name: string | null, reason: string | null): Job {
    const { db, paths, clock, onImported } = this.#options;
    return this.#start('productImport', path, null, async (advance, signal) => {
      const draft = join(paths.root, `import-${randomUUID()}.tmp`);
      try {
        await mkdir(draft, { recursive: true });
        const { header: carried, checked } = await readCarried(
          path,
          draft,
          (file) => ofModel.test(file),
          (signature, sha256) => {
            const trust = trustOfProduct(db, signature, sha256);
            if (trust.state === 'signed' || reason !== null) return trust;
            throw new KenroError('productUntrusted', { path, state: trust.state });
          },
          signal,
          (done, total) => advance({ done, total }),
        );
        const wanted = name ?? carried.name;
        // Before anything is put in place; the store's own rule has the last word.
        const isTaken = listProducts(db).some((product) => product.name === wanted);
        if (isTaken) throw new KenroError('conflict', { what: 'product', name: wanted });
        for (const { sha256 } of carried.models) await assertModel(draft, sha256);
        await place(draft, paths.models);
        const about = { path, ...checked, ...(reason === null ? {} : { reason }) };
        transaction(db, () => add(db, { ...carried, name: wanted }, about, clock.nowMs()));
      } catch (thrown) {
        throw asDiskError(thrown, path);
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
      onImported();
    });
  }

  #start(
    kind: 'productExport' | 'productImport',
    title: string,
    productId: number | null,
    work: (advance: Advance, signal: AbortSignal) => Promise<void>,
  ): Job {
    const about = { kind, title, productId, stage: 'copy' };
    return this.#options.jobs.startAlone(
      ['productExport', 'productImport'],
      about,
      async (advance, signal) => {
        await work(advance, signal);
        return {};
      },
    );
  }
}

type FileTrust = ReturnType<typeof trustOfFile>;

/** A signature of something else is none. */
function trustOfProduct(db: WritableDb, signature: SignatureFile | null, sha256: string): FileTrust {
  return trustOfFile(db, signature?.what === 'product' ? signature : null, sha256);
}

function add(
  db: WritableDb,
  carried: CarriedProduct,
  about: FileTrust & { readonly path: string; readonly reason?: string },
  nowMs: number,
): void {
  const product = addProduct(db, carried.name, nowMs);
  if (carried.smoothing) setProductSmoothing(db, product.id, carried.smoothing);
  for (const { signature, ...model } of carried.models) {
    const added = addModel(db, { ...model, productId: product.id }, nowMs);
    if (signature) addModelSignature(db, added.id, signature);
  }
  const detail = { id: product.id, name: product.name, models: carried.models.length, ...about };
  appendAudit(db, { action: 'product.import', detail }, nowMs);
}

async function contentsOf(
  modelsDir: string,
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Content[]> {
  const contents: Content[] = [];
  for (const path of await filesBelow(modelsDir)) {
    const sha256Of = ofModel.exec(path)?.[1];
    if (sha256Of === undefined || !wanted.has(sha256Of)) continue;
    contents.push(await contentOf(join(modelsDir, path), path, signal));
  }
  const lacking = [...wanted].find((sha256) => !contents.some(({ path }) => path.startsWith(sha256)));
  if (lacking !== undefined) throw new KenroError('modelMissing', { file: `${lacking}.onnx` });
  return contents;
}

async function contentOf(from: string, path: string, signal: AbortSignal): Promise<Content> {
  if (!referenceList.test(path)) {
    const { size: bytes } = await stat(from);
    return { path, bytes, sha256: await hashFile(from, { signal }), from };
  }
  // It names the files that it was made from, which may name their owner.
  const list = JSON.parse(await readFile(from, 'utf8')) as { parts: { name: string }[] };
  const parts = list.parts.map((part) => ({ ...part, name: basename(part.name.replaceAll('\\', '/')) }));
  const bytes = Buffer.from(JSON.stringify({ ...list, parts }, null, 2));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, bytes: bytes.byteLength, sha256, from: bytes };
}

/** A model's address is its content. @throws {KenroError} `modelMissing`, `modelHashMismatch` */
async function assertModel(folder: string, sha256: string): Promise<void> {
  const inFolder = join(folder, sha256);
  const file = existsSync(inFolder) ? join(inFolder, 'model.onnx') : `${inFolder}.onnx`;
  const own = await fileSha256(file);
  if (own === sha256) return;
  const others = existsSync(inFolder)
    ? (await filesBelow(inFolder)).filter((name) => name !== 'model.onnx')
    : [];
  const isSame = others.length > 0 && (await combinedSha256(file, own, others)) === sha256;
  if (!isSame) throw new KenroError('modelHashMismatch', { file: basename(file) });
}

/** Whole models only; what is there already is the same. */
async function place(draft: string, modelsDir: string): Promise<void> {
  await flushFolders(draft);
  const tops = new Set((await filesBelow(draft)).map((path) => path.split('/')[0] as string));
  for (const name of tops) {
    if (!existsSync(join(modelsDir, name))) await rename(join(draft, name), join(modelsDir, name));
  }
  await flushFolder(modelsDir);
}

/** What every file system takes. */
function fileName(name: string): string {
  const plain = name.replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, '_').replaceAll(/[. ]+$/g, '');
  return plain === '' ? 'product' : plain;
}
