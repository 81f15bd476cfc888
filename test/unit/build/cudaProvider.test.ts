import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { installCuda } from '../../../build/cudaProvider.ts';
import { root } from '../../../build/folders.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const name = 'Microsoft.ML.OnnxRuntime.Gpu.Linux';
const version = '1.30.0';
const native = 'runtimes/linux-x64/native';
const libraries = ['cuda', 'shared', 'tensorrt'].map((each) => `libonnxruntime_providers_${each}.so`);
const Zip = createRequire(import.meta.url)('adm-zip') as new () => {
  addFile(name: string, content: Buffer): void;
  toBuffer(): Buffer;
};

function nupkg(of = version, files = libraries): Buffer {
  const zip = new Zip();
  const nuspec = `<package><metadata><id>${name}</id><version>${of}</version></metadata></package>`;
  zip.addFile(`${name}.nuspec`, Buffer.from(nuspec));
  for (const file of files) zip.addFile(`${native}/${file}`, Buffer.from(`content of ${file}`));
  return zip.toBuffer();
}

/** An installed onnxruntime-node with the installation notes of the real one. */
async function installed(): Promise<string> {
  const folder = join(await temporaryFolder(), 'onnxruntime-node');
  await mkdir(join(folder, 'bin/napi-v6/linux/x64'), { recursive: true });
  const real = join(root, 'node_modules', 'onnxruntime-node');
  await symlink(join(real, 'script'), join(folder, 'script'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(root, 'node_modules', 'adm-zip'), join(folder, 'node_modules', 'adm-zip'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version }));
  return folder;
}

/** A NuGet feed with one package. */
async function feed(bytes: Buffer, sha512 = createHash('sha512').update(bytes).digest('base64')) {
  const server: Server = createServer((request, response) => {
    const own = `http://${request.headers.host}`;
    const id = name.toLowerCase();
    const pages: Record<string, unknown> = {
      '/index.json': {
        resources: [
          { '@type': 'PackageBaseAddress/3.0.0', '@id': `${own}/flat/` },
          { '@type': 'RegistrationsBaseUrl/3.6.0', '@id': `${own}/facts/` },
        ],
      },
      [`/facts/${id}/${version}.json`]: { catalogEntry: `${own}/entry.json` },
      '/entry.json': { packageHash: sha512, packageHashAlgorithm: 'SHA512' },
    };
    const page = pages[request.url ?? ''];
    if (page) response.end(JSON.stringify(page));
    else if (request.url === `/flat/${id}/${version}/${id}.${version}.nupkg`) response.end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.json`;
}

async function install(index: string | null, more: { file?: string; computer?: string } = {}) {
  const packageFolder = await installed();
  const folder = join(packageFolder, 'bin/napi-v6/linux/x64');
  const said: string[] = [];
  const outcome = await installCuda({
    ...{ packageFolder, feed: index, file: more.file ?? null, say: (line) => said.push(line) },
    computer: more.computer ?? 'linux/x64',
  }).catch((thrown: unknown) => (thrown as Error).message);
  return { outcome, said, folder, files: (await readdir(folder)).sort() };
}

test('puts all libraries of the installed version beside it', async () => {
  const { outcome, files, folder } = await install(await feed(nupkg()));
  expect(outcome).toEqual(libraries.map((file) => join(folder, file)));
  expect(files).toEqual(libraries);
  expect(await readFile(join(folder, libraries[0]!), 'utf8')).toBe(`content of ${libraries[0]}`);
});

test('installs nothing that arrives damaged, is of another version, is no package or lacks a library', async () => {
  const cases: [Promise<string>, RegExp][] = [
    [feed(nupkg(), 'another hash'), /SHA-512/],
    [feed(nupkg('1.29.0')), /is Microsoft.ML.OnnxRuntime.Gpu.Linux 1.29.0; .* needs .* 1.30.0/],
    [feed(Buffer.from('<html>')), /not a NuGet package/],
    [
      feed(nupkg(version, libraries.slice(0, 1))),
      /lacks runtimes\/linux-x64\/native\/libonnxruntime_providers_shared/,
    ],
  ];
  for (const [index, message] of cases) {
    const { outcome, files } = await install(await index);
    expect(outcome).toMatch(message);
    expect(files).toEqual([]);
  }
});

test('says what cannot be reached, and what is no feed', async () => {
  const index = await feed(nupkg());
  const { port } = new URL(index);
  expect((await install(`http://127.0.0.1:${port}/other.json`)).outcome).toMatch(/answers 404/);
  expect((await install(`http://127.0.0.1:${port}/entry.json`)).outcome).toMatch(
    /not the index of a NuGet feed/,
  );
  expect((await install('http://127.0.0.1:1/index.json')).outcome).toMatch(/127.0.0.1:1 cannot be reached/);
});

test('takes a file that was fetched elsewhere, and shows its hash', async () => {
  const file = join(await temporaryFolder(), 'gpu.nupkg');
  const bytes = nupkg();
  await writeFile(file, bytes);
  const { said, files } = await install(null, { file });
  expect(files).toEqual(libraries);
  expect(said.join()).toContain(createHash('sha512').update(bytes).digest('base64'));
  expect((await install(null, { file: `${file}.gone` })).outcome).toMatch(/cannot be read/);
});

test('says where there is no CUDA provider', async () => {
  expect((await install(null, { computer: 'darwin/arm64' })).outcome).toMatch(
    /no CUDA provider for darwin\/arm64/,
  );
});
