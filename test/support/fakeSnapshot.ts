import type { FolderListing, Snapshot } from '../../electron/contract/channels.ts';
import type { NetworkDescription, Preprocess } from '../../electron/contract/domain.ts';

/** 2026-11-23 08:00 UTC */
export const startMs = Date.UTC(2026, 10, 23, 8);

const preprocess: Preprocess = {
  order: 'RGB',
  size: [256, 256],
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
  scale: 1 / 255,
  normalise: 'image',
};

/** A station with a demo line, a folder that is in trouble, a camera, and two models. */
export function fakeSnapshot(): Snapshot {
  const origin = {
    backbone: 'フィルタバンク v1',
    features: ['bank_s8'],
    goodImages: 120,
    ngImages: 0,
    memory: 2048,
    seed: 1,
    seconds: 14.2,
  };
  return {
    version: '0.1.0',
    shell: 'browser',
    nowMs: startMs,
    settings: {
      language: 'ja',
      theme: 'dark',
      heatmap: true,
      heatmapOpacity: 0.6,
      keepOneOkIn: 20,
      shiftStarts: ['08:00', '16:00'],
      lot: 'L-2611',
      greeted: false,
      guideStep: 0,
      provider: 'auto',
      deviceMemoryMb: 0,
      signOutAfterMinutes: 10,
      backups: { folder: null, everyHours: 24, keep: 14 },
      retention: { okDays: null, mostGb: null },
      shiftReports: { folder: null, formats: ['pdf', 'csv'], rollouts: true },
    },
    provider: {
      wanted: 'auto',
      active: 'cpu',
      measuring: false,
      trials: [],
      model: null,
      measuredMs: null,
      fallback: null,
    },
    products: [
      { id: 1, name: '切削ディスク D-40', createdMs: startMs, activeModelId: 1 },
      { id: 2, name: '樹脂タイル', createdMs: startMs, activeModelId: null },
    ],
    sources: [
      {
        id: 1,
        name: 'デモライン',
        productId: 1,
        paused: false,
        createdMs: startMs,
        config: {
          kind: 'demo',
          part: 'disc',
          seed: 1,
          intervalMs: 1900,
          defectRate: 0.05,
          disturbances: { light: 0.1, blur: 0, noise: 0.2 },
        },
      },
      {
        id: 2,
        name: '2号機の撮像フォルダ',
        productId: 2,
        paused: false,
        createdMs: startMs,
        config: { kind: 'folder', path: '/mnt/camera2/out', subfolders: true, existing: false },
      },
    ],
    sourceStates: [
      { sourceId: 1, status: 'running', pending: 0 },
      {
        sourceId: 2,
        status: 'error',
        pending: 0,
        error: { kind: 'folderMissing', params: { path: '/mnt/camera2/out' } },
      },
    ],
    models: [
      {
        id: 1,
        sha256: '3f2c'.padEnd(64, '0'),
        name: 'ディスク A',
        productId: 1,
        kind: 'anomaly',
        createdMs: startMs,
        preprocess,
        thresholds: { review: 0.56, ng: 0.61 },
        thresholdInterval: [0.58, 0.66],
        origin,
      },
      {
        id: 2,
        sha256: 'a91e'.padEnd(64, '0'),
        name: 'ディスク B',
        productId: 1,
        kind: 'anomaly',
        createdMs: startMs + 3_600_000,
        preprocess,
        thresholds: { review: 0.52, ng: 0.6 },
        thresholdInterval: null,
        origin: { ...origin, goodImages: 300, ngImages: 12 },
      },
    ],
    backbones: [
      {
        id: 1,
        sha256: 'c0de'.padEnd(64, '0'),
        name: 'フィルタバンク v1',
        createdMs: startMs,
        builtIn: true,
        preprocess,
        features: ['bank_s8'],
      },
    ],
    engine: { status: 'ready', provider: 'cpu', pid: 4242, restarts: 0 },
    counters: { parts: 0, ok: 0, ng: 0, review: 0, errors: 0, falseAlarms: 0, escapes: 0, unconfirmed: 0 },
    performance: { nowMs: null, averageMs: null, p95Ms: null, maxMs: null, partsPerMinute: 0 },
    recent: [],
    latest: null,
    jobs: [],
    lineStops: [],
    people: [],
    session: { personId: null, role: 'admin' },
    notices: [],
  };
}

/** Three folders deep, 128 images at the bottom. */
export function fakeFolder(
  path: string,
  files: 'images' | 'models' | 'tables' | 'labels' | 'results' | 'products' | 'updates' | 'keys',
): FolderListing {
  const names =
    files === 'images'
      ? ['part_0001.png', 'part_0002.png']
      : [files === 'updates' ? 'Kenro-0.3.0.kenroupdate' : 'mobilenet_v2.onnx'];
  const deep = path.split('/').length > 4;
  return {
    path,
    parent: path === '/' ? null : path.slice(0, path.lastIndexOf('/')) || '/',
    folders: deep ? [] : ['good', 'ng', '2026-11'].map((name) => ({ name, path: `${path}/${name}` })),
    files: names.map((name) => ({ name, path: `${path}/${name}`, bytes: 1_480_000 })),
    fileCount: files === 'images' ? 128 : 1,
  };
}

export function fakeNetwork(path: string): NetworkDescription {
  return {
    path,
    sha256: 'b'.repeat(64),
    bytes: 14_200_000,
    producer: 'pytorch 2.9',
    opset: 17,
    inputName: 'input',
    inputShape: ['batch', 3, 224, 224],
    parameters: 3_504_872,
    flops: 600_000_000,
    layers: Array.from({ length: 52 }, (_, index) => ({
      name: `features.${index}.conv`,
      op: index % 5 === 4 ? 'Clip' : 'Conv',
      output: `features.${index}`,
      shape: ['batch', 32, 112 >> Math.min(4, index >> 3), 112 >> Math.min(4, index >> 3)],
      parameters: 864 * (index + 1),
      flops: 11_000_000,
    })),
    features: [
      { name: 'feat_s8', channels: 32, height: 28, width: 28, stride: 8, isOutput: true },
      { name: 'feat_s16', channels: 96, height: 14, width: 14, stride: 16, isOutput: true },
      { name: 'features.18', channels: 1280, height: 7, width: 7, stride: 32, isOutput: false },
    ],
    suggestedFeatures: ['feat_s8', 'feat_s16'],
    suggestedPreprocess: { ...preprocess, size: [224, 224] },
  };
}
