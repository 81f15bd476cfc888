import { spawn } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { chmod, copyFile, rename, rm, stat } from 'node:fs/promises';
import { KenroError } from '../contract/errors.ts';
import type { UpdateOffer } from '../contract/updates.ts';
import { asDiskError } from '../platform/durableFile.ts';
import type { DataPaths } from '../platform/paths.ts';
import type { Installer, PlannedUpdate } from '../station/updates/updates.ts';
import { goBackTo } from '../store/goBack.ts';
import type { ElectronApi } from './electronApi.ts';

export interface InstallerHost {
  readonly app: Pick<ElectronApi['app'], 'quit' | 'relaunch'>;
  readonly platform: string;
  readonly arch: string;
  readonly key: KeyObject | null;
  readonly paths: DataPaths;
  /** The AppImage that runs, or `null` when the program was installed otherwise. */
  readonly appImage: string | null;
  /** What this start was given, for the next one. */
  readonly args: readonly string[];
  readonly nowMs: () => number;
  /** Starts a program that outlives this one. */
  readonly launch: (program: string, args: readonly string[]) => void;
}

/** The page is to hear that it worked before it goes. */
const endsAfterMs = 1_000;

/** Installs other versions over the running one. */
export class ShellInstaller implements Installer {
  readonly #host: InstallerHost;
  #plan: PlannedUpdate | null = null;

  constructor(host: InstallerHost) {
    this.#host = host;
  }

  get platform(): string {
    return this.#host.platform;
  }
  get arch(): string {
    return this.#host.arch;
  }
  get key(): KeyObject | null {
    return this.#host.key;
  }

  /** @throws {KenroError} `updateForOther` for an AppImage where the program is none */
  byHand(installer: string): UpdateOffer['byHand'] {
    if (installer.endsWith('.deb')) return 'deb';
    if (installer.endsWith('.dmg')) return 'dmg';
    if (installer.endsWith('.AppImage') && this.#host.appImage === null) {
      throw new KenroError('updateForOther', { system: 'AppImage' });
    }
    return null;
  }

  start(plan: PlannedUpdate): void {
    this.#plan = plan;
    setTimeout(() => this.#host.app.quit(), endsAfterMs);
  }

  /**
   * To be called when the station has stopped: carries out what was planned, if anything was.
   * @throws {KenroError} `diskFull`, `diskReadOnly` when the AppImage cannot be replaced; then nothing has changed
   */
  async carryOut(): Promise<void> {
    const { app, appImage, args, paths, nowMs, launch } = this.#host;
    const plan = this.#plan;
    if (plan === null) return;
    const { installer, restore } = plan;
    const isAppImage = installer.endsWith('.AppImage') && appImage !== null;
    if (isAppImage) await replaceFile(installer, appImage);
    if (restore !== null) goBackTo(paths, restore, nowMs());
    if (isAppImage) app.relaunch({ execPath: appImage, args: [...args] });
    // It shows what it does, asks for an administrator where one is needed, and starts the program again.
    if (installer.endsWith('.exe')) launch(installer, ['--updated', '--force-run']);
  }
}

/** A program that outlives this one. */
export function launchDetached(program: string, args: readonly string[]): void {
  spawn(program, args, { detached: true, stdio: 'ignore' }).unref();
}

/** Whoever starts the file meanwhile finds the old one or the new one, never half of one. */
async function replaceFile(from: string, to: string): Promise<void> {
  const draft = `${to}.new`;
  try {
    await copyFile(from, draft);
    await chmod(draft, (await stat(to)).mode);
    await rename(draft, to);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw asDiskError(thrown, to);
  }
}
