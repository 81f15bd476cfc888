import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../../../build/folders.ts';
import { installerOnly, isNeededToRun } from '../../../../build/packaging/installerOnly.ts';
import { isAllowed, licenceList } from '../../../../build/packaging/licences.ts';
import { reach, type Lock } from '../../../../build/packaging/lockFile.ts';
import { thisTarget } from '../../../../build/packaging/natives.ts';
import { packagesOf } from '../../../../build/packaging/pagePackages.ts';
import { bomOf } from '../../../../build/packaging/sbom.ts';
import { shippedPackages } from '../../../../build/packaging/shippedPackages.ts';

const lockFile = join(root, 'package-lock.json');
const targets = ['linux', 'win32', 'darwin'].flatMap((platform) =>
  ['x64', 'arm64'].map((arch) => ({ platform, arch })),
);

describe('what is delivered', () => {
  test.each(targets)('to $platform $arch has a licence that may be', (target) => {
    const shipped = shippedPackages(lockFile, ['svelte', 'chart.js', '@kurkle/color'], target);
    expect(shipped.length).toBeGreaterThan(15);
    const refused = shipped.filter(({ name, licence }) => !isAllowed(name, licence));
    expect(refused.map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
    const images = shipped.map(({ name }) => name).filter((name) => name.startsWith('@img/sharp-'));
    expect(images.length).toBeGreaterThan(0);
    for (const name of images) expect(name).toContain(`${target.platform}-${target.arch}`);
  });

  test('from here has the text of each licence', () => {
    for (const { name, text } of licenceList(['svelte', 'chart.js'], thisTarget)) {
      expect(text, name).toMatch(/copyright|licen[cs]e/i);
    }
  });

  test('leaves out what only installs others', () => {
    const left = installerOnly(lockFile);
    expect(left).toEqual(expect.arrayContaining(['adm-zip', 'global-agent', 'node-addon-api']));
    expect(left).not.toContain('semver');
    expect(isNeededToRun('node_modules/onnxruntime-node', 'node_modules/onnxruntime-common')).toBe(true);
  });
});

test.each([
  ['a', 'MIT', true],
  ['a', '(Apache-2.0 AND BSD-3-Clause)', true],
  ['a', 'GPL-3.0-only', false],
  ['a', 'MIT AND GPL-3.0-only', false],
  ['a', '(MIT OR GPL-3.0-only)', true],
  ['a', 'NOASSERTION', false],
  ['a', 'LGPL-3.0-or-later', false],
  ['@img/sharp-libvips-linux-x64', 'LGPL-3.0-or-later', true],
  ['@img/sharp-win32-x64', 'Apache-2.0 AND LGPL-3.0-or-later', true],
])('%s under %s may be delivered: %s', (name, licence, expected) => {
  expect(isAllowed(name, licence)).toBe(expected);
});

test('a package is found where Node would find it', () => {
  const locked = (dependencies: Record<string, string>) => ({ version: '1', dependencies });
  const lock: Lock = new Map([
    ['', locked({ a: '1' })],
    ['node_modules/a', locked({ b: '2' })],
    ['node_modules/b', locked({})],
    ['node_modules/a/node_modules/b', locked({ c: '1' })],
    ['node_modules/c', locked({ a: '1' })],
    ['node_modules/d', locked({})],
  ]);
  expect(Object.fromEntries(reach(lock, ''))).toEqual({
    '': ['node_modules/a'],
    'node_modules/a': ['node_modules/a/node_modules/b'],
    'node_modules/a/node_modules/b': ['node_modules/c'],
    'node_modules/c': ['node_modules/a'],
  });
});

test('the packages in a bundle are told by the paths of its modules', () => {
  const modules = [
    '/x/node_modules/svelte/src/a.js?v=1',
    '\0/x/node_modules/@kurkle/color/dist/color.esm.js',
    'C:\\x\\node_modules\\chart.js\\dist\\chart.js',
    '/x/node_modules/a/node_modules/b/index.js',
    '/x/renderer/src/main.ts',
  ];
  expect(packagesOf(modules)).toEqual(['@kurkle/color', 'b', 'chart.js', 'svelte']);
});

describe('the bill of materials', () => {
  const shipped = shippedPackages(lockFile, ['svelte'], thisTarget);
  const bom = bomOf('1.2.3', shipped);

  test('names each package once, with its origin, licence and the hash that npm checks', () => {
    const refs = bom.components.map((component) => component['bom-ref']);
    expect(new Set(refs).size).toBe(shipped.length);
    expect(bom.components.find(({ name }) => name === 'ws')).toMatchObject({
      type: 'library',
      purl: expect.stringMatching(/^pkg:npm\/ws@\d/),
      licenses: [{ license: { id: 'MIT' } }],
      hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    });
    expect(bom.components.find(({ name }) => name === 'protobuf')).toMatchObject({
      group: '@bufbuild',
      purl: expect.stringContaining('pkg:npm/%40bufbuild/protobuf@'),
      licenses: [{ expression: 'Apache-2.0 AND BSD-3-Clause' }],
    });
  });

  test('says who needs whom, and every end of it is a component', () => {
    const refs = new Set([
      bom.metadata.component['bom-ref'],
      ...bom.components.map((each) => each['bom-ref']),
    ]);
    const ends = bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
    expect(ends.filter((ref) => !refs.has(ref))).toEqual([]);
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const direct = bom.dependencies.find(({ ref }) => ref === 'pkg:npm/kenro@1.2.3')?.dependsOn.join();
    for (const name of Object.keys(dependencies).filter((each) => each === 'ws' || each === 'zod')) {
      expect(direct).toContain(name);
    }
  });

  test('is the same for the same packages, and another one for others', () => {
    expect(bomOf('1.2.3', shipped)).toEqual(bom);
    expect(bomOf('1.2.3', shipped.slice(1)).serialNumber).not.toBe(bom.serialNumber);
    expect(bom.serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
