import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KenroError } from '../contract/errors.ts';

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Makes sure that only one station works in a folder. The lock is a local socket that the process listens on, so
 * that it ends with the process however that ends.
 * @throws {KenroError} `conflict` (`what`, `path`) while another process holds it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const address = socketAddress(await realpath(folder));
  const server = (await listen(address)) ?? (await takeOver(address));
  if (!server) throw new KenroError('conflict', { what: 'dataFolder', path: folder });
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function socketAddress(folder: string): string {
  const name = `kenro-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** A socket file that nobody answers on is what a killed process left behind. */
async function takeOver(address: string): Promise<Server | null> {
  if (await answers(address)) return null;
  await rm(address, { force: true });
  return listen(address);
}

function listen(address: string): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(null));
    server.listen(address, () => resolve(server));
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
