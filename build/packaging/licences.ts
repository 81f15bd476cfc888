import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../folders.ts';
import type { Target } from './natives.ts';
import { shippedPackages, type ShippedPackage } from './shippedPackages.ts';

/** One entry of the licence list, as the page shows it and as it goes into the package. */
export interface LicenceEntry {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  readonly usedIn: ShippedPackage['usedIn'];
  readonly text: string;
}

/**
 * Licences that may be delivered with Kenro (SPDX). The LGPL only where the library stays a file of its own, which can
 * be replaced by another build of it: sharp's libvips.
 */
export const allowedLicences: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
]);
const replaceableLibrary = /^@img\/sharp-(libvips|win32)-/;

/** Texts of packages that come without one: what stands before it (who holds the rights), and the text itself. */
const ownTexts: Readonly<Record<string, readonly [notice: string, file: string][]>> = {
  '@bufbuild/protobuf': [
    ['Copyright 2021-2026 Buf Technologies, Inc.', 'Apache-2.0'],
    ['Copyright 2008 Google Inc.  All rights reserved. (parts, as their sources say)', 'BSD-3-Clause'],
  ],
  '@cornerstonejs/codec-libjpeg-turbo-8bit': [
    ['Copyright (c) Cornerstone.js authors', 'ISC'],
    [
      'Contains libjpeg-turbo: this software is based in part on the work of the Independent JPEG Group. ' +
        'Copyright (C) 2009-2026 D. R. Commander and others',
      'BSD-3-Clause',
    ],
  ],
  'onnxruntime-common': [['Copyright (c) Microsoft Corporation', 'MIT']],
  'onnxruntime-node': [
    [
      'Copyright (c) Microsoft Corporation. Libraries of others are linked in, among them Eigen, Protocol Buffers, Abseil, ' +
        'FlatBuffers, RE2, ONNX and, for WebGPU, Dawn; their notices are in ThirdPartyNotices.txt of the sources of this ' +
        'version, https://github.com/microsoft/onnxruntime',
      'MIT',
    ],
  ],
};
/** The LGPL is written as an addition to the GPL. */
const libraryTexts = ['LGPL-3.0', 'GPL-3.0'];

/**
 * The licence list of what is delivered for a target.
 * @param inPage names of the packages that the page's build took code from
 * @throws Error that names a package without a licence text
 */
export function licenceList(inPage: readonly string[], target: Target): LicenceEntry[] {
  return shippedPackages(join(root, 'package-lock.json'), inPage, target).map((shipped) => {
    const { name, version, licence, usedIn } = shipped;
    return { name, version, licence, usedIn, text: textOf(shipped) };
  });
}

/** Whether every part of the SPDX expression may be delivered; of alternatives one is enough. */
export function isAllowed(name: string, expression: string): boolean {
  const alternatives = expression.replaceAll(/[()]/g, '').split(' OR ');
  return alternatives.some((alternative) =>
    alternative
      .split(' AND ')
      .every(
        (licence) =>
          allowedLicences.has(licence) || (licence === 'LGPL-3.0-or-later' && replaceableLibrary.test(name)),
      ),
  );
}

/** The list as one text for people. */
export function licenceText(entries: readonly LicenceEntry[]): string {
  const sections = entries.map(
    ({ name, version, licence, text }) => `${name} ${version}\n${licence}\n\n${text.trim()}\n`,
  );
  return sections.join(`\n${'-'.repeat(80)}\n\n`);
}

function textOf({ name, place }: ShippedPackage): string {
  const folder = join(root, place);
  const found = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const own = ownTexts[name] ?? [];
  const texts = [
    ...found.map((file) => readFileSync(join(folder, file), 'utf8')),
    ...own.map(([notice, file]) => `${notice}\n\n${commonText(file)}`),
  ];
  if (replaceableLibrary.test(name)) {
    // Which libraries are inside, and on what terms, stands in the package's own description.
    texts.push(readFileSync(join(folder, 'README.md'), 'utf8'));
    texts.push(...libraryTexts.map(commonText));
  }
  if (texts.length === 0)
    throw new Error(`${name} has no licence text; add it to build/packaging/licences.ts`);
  return texts.join('\n\n');
}

function commonText(name: string): string {
  const path =
    name === 'Apache-2.0' ? join(root, 'LICENSE') : join(import.meta.dirname, 'licenceTexts', `${name}.txt`);
  return readFileSync(path, 'utf8');
}
