import type { Configuration } from 'electron-builder';

type Fuses = NonNullable<Configuration['electronFuses']>;

/** All of them, explicitly: a fuse that a later Electron adds does not compile until somebody has decided. */
const electronFuses: Required<Omit<Fuses, 'resetAdHocDarwinSignature'>> = {
  // The program cannot be used as a general Node, nor be opened up by environment or flags.
  runAsNode: false,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  // Only our own, unchanged code is loaded.
  onlyLoadAppFromAsar: true,
  enableEmbeddedAsarIntegrityValidation: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
  enableCookieEncryption: true,
};

/** What goes into an installed Kenro. */
export default {
  appId: 'net.kenro.station',
  productName: 'Kenro',
  files: ['dist/**', 'package.json', 'LICENSE'],
  asar: true,
  // Loaded by the system's linker, which cannot look into the archive.
  asarUnpack: ['**/*.node', 'node_modules/onnxruntime-node/bin/**', 'node_modules/@img/**'],
  npmRebuild: false,
  electronFuses,
} satisfies Configuration;
