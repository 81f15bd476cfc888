import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian's Chromium keeps a Vulkan loader and a driver that computes on the processor. */
const chromium = '/usr/lib/chromium';
const software = {
  LD_LIBRARY_PATH: chromium,
  VK_DRIVER_FILES: join(chromium, 'vk_swiftshader_icd.json'),
};

/** A graphics card in software needs seconds for what a real one does in milliseconds. */
export const programMs = 400_000;

/** Runs a program of this folder, in a process of its own: the Vulkan loader is found when a process starts. */
export function runProgram(
  name: string,
  environment: Readonly<Record<string, string>>,
  ...args: string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(import.meta.dirname, name), ...args], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    timeout: programMs,
  });
}

/** What a process needs to compute by WebGPU: nothing beside a real graphics card; `null` where it cannot be had. */
export function findWebGpu(): Readonly<Record<string, string>> | null {
  if (runProgram('webgpuStep.ts', {}).status === 0) return {};
  return existsSync(software.VK_DRIVER_FILES) && runProgram('webgpuStep.ts', software).status === 0
    ? software
    : null;
}
