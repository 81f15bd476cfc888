import { createHash } from 'node:crypto';
import type { ShippedPackage } from './shippedPackages.ts';

/** The parts of CycloneDX 1.6 that are used (ECMA-424). */
export interface Sbom {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}
export interface Component {
  readonly type: 'application' | 'framework' | 'library';
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses: readonly ({ license: { id: string } } | { expression: string })[];
  readonly hashes?: readonly { alg: 'SHA-512'; content: string }[];
}

/**
 * The bill of materials of a package. It holds no time and no random number, so that the same packages give the same
 * bytes.
 */
export function bomOf(version: string, shipped: readonly ShippedPackage[]): Sbom {
  const own = purlOf('kenro', version);
  const components = shipped.map(componentOf);
  const byName = new Map(shipped.map((each) => [each.name, purlOf(each.name, each.version)]));
  const needed = new Set(shipped.flatMap(({ needs }) => needs));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([own, components]))}`,
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': own,
        name: 'kenro',
        version,
        purl: own,
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components,
    dependencies: [
      {
        ref: own,
        dependsOn: shipped.filter(({ name }) => !needed.has(name)).map(({ name }) => byName.get(name)!),
      },
      ...shipped.map(({ name, needs }) => ({
        ref: byName.get(name)!,
        dependsOn: needs.flatMap((need) => byName.get(need) ?? []),
      })),
    ],
  };
}

function componentOf({ name, version, licence, integrity, usedIn }: ShippedPackage): Component {
  const [group, short] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const digest = /^sha512-(.+)$/.exec(integrity)?.[1];
  const expression = licence.replace(/^\((.*)\)$/, '$1');
  return {
    type: usedIn === 'window' ? 'framework' : 'library',
    'bom-ref': purlOf(name, version),
    ...(group === undefined ? {} : { group }),
    name: short as string,
    version,
    purl: purlOf(name, version),
    licenses: [/ (AND|OR) /.test(expression) ? { expression } : { license: { id: expression } }],
    ...(digest === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }),
  };
}

/** Package URL (ECMA-427, type npm): the @ of a scope is percent-encoded. */
function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** A name-based UUID (RFC 9562, version 8) of a text. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
