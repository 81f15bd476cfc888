import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where everything of one station lies. */
export interface DataPaths {
  root: string;
  database: string;
  /** Pictures kept by policy. */
  images: string;
  /** Detectors and backbones, `<sha256>.onnx`. */
  models: string;
  /** One folder a training run. */
  runs: string;
  /** One folder an evaluation report on models. */
  reports: string;
  /** Which formulations of gradients are the fastest on this computer, measured by trainings. */
  formulations: string;
  /** How execution providers did on the detectors in use, measured by the station. */
  providers: string;
  /** Copies of the hashes of the audit trail. */
  auditAnchors: string;
  /** Copies of the database. */
  backups: string;
  /** Keys that sign models. */
  keys: string;
}

export function dataPaths(root: string): DataPaths {
  const absolute = resolve(root);
  return {
    root: absolute,
    database: join(absolute, 'kenro.db'),
    images: join(absolute, 'images'),
    models: join(absolute, 'models'),
    runs: join(absolute, 'runs'),
    reports: join(absolute, 'reports'),
    formulations: join(absolute, 'formulations.json'),
    providers: join(absolute, 'providers.json'),
    auditAnchors: join(absolute, 'audit-anchors.txt'),
    backups: join(absolute, 'backups'),
    keys: join(absolute, 'keys'),
  };
}

/** Makes the folders that are not there. Throws what `fs` throws. */
export function makeFolders(paths: DataPaths): void {
  const { images, models, runs, reports, backups } = paths;
  for (const folder of [paths.root, images, models, runs, reports, backups]) {
    mkdirSync(folder, { recursive: true });
  }
}
