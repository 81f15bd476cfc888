import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../../electron/cli/run.ts';
import { fileToWrite, folderToWrite } from '../../../../electron/cli/outputs.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-outputs-'));
  file = join(folder, 'notes.txt');
  await writeFile(file, '');
  for (const name of ['good', 'report.html', 'detector.onnx']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'good', '1.png'), '');
  return () => rm(folder, { recursive: true, force: true });
});

describe('places of results', () => {
  it('may be new or there already', async () => {
    expect(await fileToWrite('out', join(folder, 'new', 'a.onnx'))).toBe(join(folder, 'new', 'a.onnx'));
    expect(await fileToWrite('out', file)).toBe(file);
    expect(await folderToWrite('out', folder)).toBe(folder);
    expect(await folderToWrite('out', join(folder, 'a', 'b'))).toBe(join(folder, 'a', 'b'));
  });

  it('are refused where a folder is in the way of a file, or a file of a folder', async () => {
    await expect(fileToWrite('out', folder)).rejects.toThrow(`--out needs a file, and ${folder} is a folder`);
    for (const name of ['', 'run', join('run', 'deep')]) {
      await expect(folderToWrite('save', join(file, name))).rejects.toThrow(
        `--save needs a folder, and ${file} is a file; name another place`,
      );
    }
    await expect(fileToWrite('out', join(file, 'a.onnx'))).rejects.toThrow(`${file} is a file`);
  });
});

describe('each command that leaves something', () => {
  const within = (name: string) => join(folder, name);
  it.each<[string, () => string[], () => string]>([
    [
      'teach',
      () => ['--good', within('good'), '--out', within('detector.onnx')],
      () => within('detector.onnx'),
    ],
    ['train', () => ['--model', 'm', '--data', within('good'), '--out', file], () => file],
    ['finetune', () => ['--model', 'm', '--data', folder, '--out', file], () => file],
    ['corrupt', () => [within('good'), '--name', 'dust', '--severity', '1', '--out', file], () => file],
    [
      'attack',
      () => [...['--model', 'm', '--data', folder, '--attack', 'pgd'], ...['--eps', '0.1', '--save', file]],
      () => file,
    ],
    [
      'evaluate',
      () => ['--model', 'm', '--data', folder, '--report', within('report.html')],
      () => within('report.html'),
    ],
    ['site', () => ['--good', within('good'), '--out', folder], () => folder],
    ['models', () => ['apply', 'p', '--model', 'm', '--out', folder], () => folder],
  ])('%s names what is in the way, before it computes', async (command, args, named) => {
    const told: string[] = [];
    const write = (text: string) => told.push(text);
    const code = await runCli([command, ...args()], {
      ...{ stdout: { write }, stderr: { write }, signal: new AbortController().signal },
      clock: { nowMs: () => 0, monotonicMs: () => 0 },
    });
    expect(code).toBe(2);
    expect(told.join('')).toMatch(/needs a (file|folder), and .* is a (file|folder); name/);
    expect(told.join('')).toContain(named());
  });
});
