import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from 'electron-builder';
import { root } from './folders.ts';
import { installerOnly } from './packaging/installerOnly.ts';
import { checkPacked, type Target } from './packaging/natives.ts';

type Fuses = NonNullable<Configuration['electronFuses']>;

/** All of them, explicitly: a fuse that a later Electron adds does not compile until somebody has decided. */
export const electronFuses: Required<Omit<Fuses, 'resetAdHocDarwinSignature'>> = {
  // The program cannot be used as a general Node, nor be opened up by environment or flags.
  runAsNode: false,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  // Only our own, unchanged code is loaded. Electron checks the archive's hash on Windows and macOS.
  onlyLoadAppFromAsar: true,
  enableEmbeddedAsarIntegrityValidation: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
  enableCookieEncryption: true,
};

/**
 * What packages bring for other computers, for their own developers, or only to install themselves. (The names of the
 * target are put in here: electron-builder's own `${platform}` is the computer that packages.)
 */
export function leftOut({ platform, arch }: Target): string[] {
  return [
    ...installerOnly(join(root, 'package-lock.json')).map((name) => `node_modules/${name}/**`),
    `node_modules/onnxruntime-node/bin/napi-v6/!(${platform})/**`,
    `node_modules/onnxruntime-node/bin/napi-v6/${platform}/!(${arch})/**`,
    'node_modules/onnxruntime-node/{lib,script}/**',
    `node_modules/better-sqlite3/prebuilds/!(${platform}-${arch}).node`,
    'node_modules/better-sqlite3/{deps,src}/**',
    `node_modules/@img/sharp-!(${platform}-${arch}|libvips-${platform}-${arch})/**`,
    'node_modules/@img/*/lib/glib-2.0/**',
    'node_modules/sharp/{src,install}/**',
    'node_modules/zod/src/**',
    '**/*.{map,ts,mts,cts,gyp,gypi,md,markdown,pdb}',
    'dist/{licences,*.sha256}',
  ];
}

/** What goes into an installed Kenro for a target: everything it needs, since it never fetches anything. */
export function packageConfig(target: Target): Configuration {
  return {
    appId: 'net.kenro.station',
    productName: 'Kenro',
    copyright: 'Apache-2.0',
    directories: { output: 'packages', buildResources: 'build/packaging' },
    artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
    files: ['dist/**', 'package.json', 'LICENSE', ...leftOut(target).map((pattern) => `!${pattern}`)],
    extraResources: [{ from: 'dist/licences', to: 'licences' }],
    // Nothing but what the system's linker loads, which cannot look into the archive: outside of it no hash is checked.
    asar: { smartUnpack: false },
    asarUnpack: ['**/*.{node,dll,dylib,so,so.*}'],
    // The native modules speak Node-API: the same binary serves Node and Electron.
    npmRebuild: false,
    electronLanguages: ['en-US', 'ja'],
    electronFuses,
    // Electron's own demonstration, which an unpacked distribution still holds.
    afterExtract: async ({ appOutDir }) =>
      rmSync(join(appOutDir, 'resources', 'default_app.asar'), { force: true }),
    afterPack: async ({ packager, appOutDir }) =>
      checkPacked(join(packager.getResourcesDir(appOutDir), 'app.asar.unpacked'), target),
    // No feed is asked for a newer version: updates come from a signed file.
    publish: null,
    win: { target: ['nsis'], icon: 'build/packaging/icon.ico' },
    nsis: {
      // Asks for whom to install; silently: `/S /allusers` or `/S /currentuser`.
      oneClick: false,
      perMachine: false,
      selectPerMachineByDefault: true,
      allowElevation: true,
      allowToChangeInstallationDirectory: true,
      installerLanguages: ['en_US', 'ja_JP'],
      include: 'build/packaging/installer.nsh',
      differentialPackage: false,
      deleteAppDataOnUninstall: false,
    },
    // A .deb must name an address; this one is there wherever it is installed.
    extraMetadata: { homepage: 'file:///opt/Kenro/resources/licences/LICENCES.txt' },
    linux: {
      target: ['AppImage', 'deb'],
      icon: 'build/packaging/icons',
      category: 'Science',
      executableName: 'kenro',
      maintainer: 'Kenro <kenro@localhost>',
      synopsis: 'Visual inspection for the production line',
    },
    mac: {
      target: ['dmg'],
      icon: 'build/packaging/icon.icns',
      category: 'public.app-category.business',
      hardenedRuntime: true,
      entitlements: 'build/packaging/entitlements.mac.plist',
      entitlementsInherit: 'build/packaging/entitlements.mac.plist',
      extendInfo: {
        NSCameraUsageDescription:
          'Kenro inspects the parts that a camera shows. / カメラに映る部品を検査します。',
      },
    },
    dmg: { writeUpdateInfo: false },
  };
}
