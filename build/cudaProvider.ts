import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { download, FetchError, findPackage, sha512Of } from './nugetFeed.ts';

/** Where the provider comes from and where it goes. */
export interface CudaOptions {
  /** Folder of the installed package onnxruntime-node. */
  readonly packageFolder: string;
  /** As in Node: `linux/x64`. */
  readonly computer: string;
  /** Another feed than the package's own; `null` = its own. */
  readonly feed: string | null;
  /** A package that was fetched before, instead of a feed. */
  readonly file: string | null;
  readonly say: (line: string) => void;
}

/** What `onnxruntime-node` knows of files that are too large for it (`script/install-metadata.js`). */
interface Metadata {
  readonly requirements: Readonly<Record<string, readonly string[]>>;
  readonly manifests: Readonly<Record<string, Readonly<Record<string, { package: string; path: string }>>>>;
  readonly packages: Readonly<
    Record<string, { name: string; versions: { feed: string; version: string }[] }>
  >;
  readonly feeds: Readonly<Record<string, { index: string }>>;
}
interface Archive {
  readEntry(name: string): Buffer | null;
}

const cuda = 'cuda12';
const megabyte = 1024 * 1024;

/**
 * Puts the CUDA provider beside the installed onnxruntime: all its files, or none.
 * @returns the files
 * @throws FetchError with what failed and what to do
 */
export async function installCuda(options: CudaOptions): Promise<string[]> {
  const { packageFolder, computer, say } = options;
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const load = createRequire(join(packageFolder, 'package.json'));
  const metadata = load('./script/install-metadata.js') as Metadata;
  if (!metadata.requirements[computer]?.includes(cuda)) {
    throw new FetchError(
      `onnxruntime has no CUDA provider for ${computer}. WebGPU, and on Windows DirectML, come with it and need no fetching.`,
    );
  }
  const files = Object.entries(metadata.manifests[`${computer}:${cuda}`] ?? {});
  const { name } = metadata.packages[files[0]?.[1].package ?? '']!;
  const bytes =
    options.file === null ? await fetched(options, metadata, name, version) : given(options.file, say);
  const archive = open(load, bytes, options.file ?? name);
  checkVersion(archive, name, version);
  const folder = join(packageFolder, 'bin', 'napi-v6', ...computer.split('/'));
  return place(
    archive,
    folder,
    files.map(([file, { path }]) => ({ file: basename(file), path })),
  );
}

async function fetched(
  { feed, say }: CudaOptions,
  { packages, feeds }: Metadata,
  name: string,
  version: string,
): Promise<Buffer> {
  const known = Object.values(packages).find((each) => each.name === name)?.versions;
  const own = known?.find((each) => each.version === version);
  if (!own) throw new FetchError(`onnxruntime-node ${version} does not say where its CUDA provider lies.`);
  const index = feed ?? feeds[own.feed]!.index;
  say(`Looking for ${name} ${version} in ${index} …`);
  const found = await findPackage(index, name, version);
  let told = 0;
  return download(found, (bytes) => {
    if (bytes < told + 50 * megabyte) return;
    told = bytes;
    say(`${Math.round(bytes / megabyte)} MB …`);
  });
}

/** Nobody says what its bytes should be, so its hash is shown, to be compared with the feed's. */
function given(file: string, say: (line: string) => void): Buffer {
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new FetchError(`${file} cannot be read. Check the path.`);
  }
  say(`SHA-512 of ${basename(file)}: ${sha512Of(bytes)}`);
  return bytes;
}

function open(load: NodeJS.Require, bytes: Buffer, what: string): Archive {
  try {
    const Zip = load('adm-zip') as new (bytes: Buffer) => {
      getEntry(name: string): unknown;
      getEntries(): { entryName: string }[];
      readFile(entry: unknown): Buffer | null;
    };
    const zip = new Zip(bytes);
    return {
      readEntry: (name) => {
        const entry = zip.getEntries().find(({ entryName }) => entryName === name);
        return entry === undefined ? null : zip.readFile(entry);
      },
    };
  } catch {
    throw new FetchError(`${what} is not a NuGet package. Nothing was installed.`);
  }
}

/** A provider of another version crashes the process that loads it. */
function checkVersion(archive: Archive, name: string, version: string): void {
  const nuspec = archive.readEntry(`${name}.nuspec`)?.toString('utf8') ?? '';
  const found = /<id>([^<]+)<\/id>[\s\S]*?<version>([^<]+)<\/version>/.exec(nuspec);
  if (found?.[1]?.toLowerCase() === name.toLowerCase() && found[2] === version) return;
  const what = found ? `${found[1]} ${found[2]}` : 'something else';
  throw new FetchError(
    `The package is ${what}; the installed onnxruntime needs ${name} ${version}. Nothing was installed.`,
  );
}

function place(archive: Archive, folder: string, files: { file: string; path: string }[]): string[] {
  const draft = join(folder, '.cuda');
  try {
    mkdirSync(draft, { recursive: true });
    for (const { file, path } of files) {
      const content = archive.readEntry(path);
      if (!content) throw new FetchError(`The package lacks ${path}. Nothing was installed.`);
      writeFileSync(join(draft, file), content);
    }
    for (const { file } of files) renameSync(join(draft, file), join(folder, file));
    return files.map(({ file }) => join(folder, file));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
