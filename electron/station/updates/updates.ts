import type { KeyObject } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KenroError } from '../../contract/errors.ts';
import type { UpdateManifest, UpdateOffer, UpdateStarted, UpdateState } from '../../contract/updates.ts';
import type { DataPaths } from '../../platform/paths.ts';
import { copyUpdate, readUpdateHead, unpackInstaller } from '../../platform/updateFile.ts';
import type { Backup } from '../../store/backup.ts';
import { backupFor } from '../../store/goBack.ts';

/** A version to be put in the place of the one that runs, once the station has stopped. */
export interface PlannedUpdate {
  readonly manifest: UpdateManifest;
  /** The installer, as it was signed. */
  readonly installer: string;
  /** The copy of the database that the version goes on with; `null` = the one in use. */
  readonly restore: Backup | null;
}

/** How the shell puts another version in place of itself. */
export interface Installer {
  readonly platform: string;
  readonly arch: string;
  /** Whose updates are taken; `null` = nobody's. */
  readonly key: KeyObject | null;
  /** Whether it can install such a file, or somebody has to. */
  byHand(installer: string): UpdateOffer['byHand'];
  /** Ends the program soon and carries the plan out. */
  start(plan: PlannedUpdate): void;
}

export interface UpdatesOptions {
  readonly paths: DataPaths;
  readonly version: string;
  /** Newest schema of the database that this version knows. */
  readonly schemaVersion: number;
  /** `null` where the program is not an installed one. */
  readonly installer: Installer | null;
  readonly audit: (action: 'update.install', detail: Record<string, unknown>) => void;
}

const ending = '.kenroupdate';

/**
 * Other versions of Kenro, from signed files that somebody brings. The file of the version in use and of the one before
 * are kept, so that one can always go back.
 */
export class Updates {
  readonly #options: UpdatesOptions;
  readonly #folder: string;

  constructor(options: UpdatesOptions) {
    this.#options = options;
    this.#folder = join(options.paths.root, 'updates');
  }

  async state(): Promise<UpdateState> {
    const { installer, version } = this.#options;
    const obstacle = installer === null ? 'notInstalled' : installer.key === null ? 'noKey' : null;
    const previous = obstacle === null ? await this.#previous() : null;
    return {
      version,
      obstacle,
      previous: previous === null ? null : this.#offer((await this.#head(previous)).manifest),
    };
  }

  /** @throws {KenroError} as `readUpdateHead`; `updateForOther`, `updateNoWayBack`, `notAllowed` */
  async look(path: string): Promise<UpdateOffer> {
    return this.#offer((await this.#head(path)).manifest);
  }

  /**
   * @param path an update file; `null` = the version before
   * @throws {KenroError} as `look`; `updateDamaged`, `diskFull`, `diskReadOnly`, `notFound`
   */
  async install(path: string | null, reason: string): Promise<UpdateStarted> {
    const { installer, version, audit } = this.#options;
    const source = path ?? (await this.#previous());
    if (source === null) throw new KenroError('notFound');
    const offer = await this.look(source);
    const { key } = this.#installer();
    const kept = join(this.#folder, `${offer.version}${ending}`);
    if (source !== kept) await copyUpdate(source, key, kept);
    const { manifest } = await readUpdateHead(kept, key);
    const unpacked = join(this.#folder, 'install', manifest.installer);
    await rm(join(unpacked, '..'), { recursive: true, force: true });
    await unpackInstaller(kept, key, unpacked);
    await this.#keepOnly([version, manifest.version]);
    const restore = this.#copyFor(manifest);
    audit('update.install', {
      from: version,
      to: manifest.version,
      sha256: manifest.sha256,
      reason,
      ...(restore === null ? {} : { databaseOf: new Date(restore.timeMs).toISOString() }),
    });
    installer?.start({ manifest, installer: unpacked, restore });
    return { version: manifest.version, installer: offer.byHand === null ? null : unpacked };
  }

  #installer(): Installer & { readonly key: KeyObject } {
    const { installer } = this.#options;
    if (installer === null || installer.key === null) throw new KenroError('updateNotPossible');
    return installer as Installer & { readonly key: KeyObject };
  }

  #head(path: string) {
    return readUpdateHead(path, this.#installer().key);
  }

  #offer(manifest: UpdateManifest): UpdateOffer {
    const installer = this.#installer();
    const { version, sizeBytes, platform, arch } = manifest;
    if (platform !== installer.platform || arch !== installer.arch) {
      throw new KenroError('updateForOther', { system: `${platform} ${arch}` });
    }
    return {
      version,
      sizeBytes,
      step: stepBetween(this.#options.version, version),
      restoredFromMs: this.#copyFor(manifest)?.timeMs ?? null,
      byHand: installer.byHand(manifest.installer),
    };
  }

  /** @throws {KenroError} `updateNoWayBack` when an older version could not go on with any copy of the database */
  #copyFor({ schemaVersion, version }: UpdateManifest): Backup | null {
    if (schemaVersion >= this.#options.schemaVersion) return null;
    const backup = backupFor(this.#options.paths, schemaVersion);
    if (backup === null) throw new KenroError('updateNoWayBack', { version });
    return backup;
  }

  /** The kept file of another version than the one that runs; the newest, should there be several. */
  async #previous(): Promise<string | null> {
    const others = (await this.#kept()).filter((version) => version !== this.#options.version);
    const newest = others.sort(compareVersions).at(-1);
    return newest === undefined ? null : join(this.#folder, `${newest}${ending}`);
  }

  async #keepOnly(versions: readonly string[]): Promise<void> {
    for (const version of await this.#kept()) {
      if (!versions.includes(version)) await rm(join(this.#folder, `${version}${ending}`), { force: true });
    }
  }

  async #kept(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => name.endsWith(ending)).map((name) => basename(name, ending));
  }
}

function stepBetween(own: string, other: string): UpdateOffer['step'] {
  const order = compareVersions(other, own);
  return order > 0 ? 'newer' : order < 0 ? 'older' : 'same';
}

/** Three numbers, compared one after the other (Semantic Versioning 2.0.0, item 11, without pre-releases). */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (const [at, number] of left.entries()) {
    const difference = number - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
