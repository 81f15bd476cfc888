/** `node build/packaging/icons.ts`: draws the icons of the installed program from the page's own. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { root } from '../folders.ts';

const source = join(root, 'renderer', 'public', 'icon.svg');
const linuxSizes = [16, 32, 48, 64, 128, 256, 512];
const windowsSizes = [16, 24, 32, 48, 64, 128, 256];
/** Apple's names for PNG pictures of a size in pixels ("Icon Image Resources"); those twice named are for fine screens. */
const macTypes = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic13', 256],
  ['ic09', 512],
  ['ic14', 512],
  ['ic10', 1024],
] as const;

/** The icon as PNG of `size` × `size` pixels. */
export async function drawIcon(size: number): Promise<Buffer> {
  const svg = readFileSync(source);
  const { width } = await sharp(svg).metadata();
  return sharp(svg, { density: (72 * size) / width })
    .resize(size, size)
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Windows' icon file: a directory of PNG pictures. @param pictures by size in pixels, at most 256 */
export function icoFile(pictures: ReadonlyMap<number, Buffer>): Buffer {
  const header = Buffer.alloc(6 + 16 * pictures.size);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.size, 4);
  let offset = header.length;
  [...pictures].forEach(([size, png], at) => {
    const entry = 6 + 16 * at;
    // 256 does not fit into a byte and is written as 0.
    header.writeUInt8(size % 256, entry);
    header.writeUInt8(size % 256, entry + 1);
    header.writeUInt16LE(1, entry + 4);
    header.writeUInt16LE(32, entry + 6);
    header.writeUInt32LE(png.length, entry + 8);
    header.writeUInt32LE(offset, entry + 12);
    offset += png.length;
  });
  return Buffer.concat([header, ...pictures.values()]);
}

/** Apple's icon file: PNG pictures, each behind its type and length. */
export function icnsFile(pictures: readonly (readonly [type: string, png: Buffer])[]): Buffer {
  const chunks = pictures.map(([type, png]) => Buffer.concat([head(type, png.length), png]));
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return Buffer.concat([head('icns', length), ...chunks]);
}

function head(type: string, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.write(type, 'latin1');
  bytes.writeUInt32BE(length + 8, 4);
  return bytes;
}

async function drawAll(folder: string): Promise<void> {
  mkdirSync(join(folder, 'icons'), { recursive: true });
  const drawn = new Map<number, Buffer>();
  for (const size of new Set([...linuxSizes, ...windowsSizes, ...macTypes.map(([, size]) => size)])) {
    drawn.set(size, await drawIcon(size));
  }
  for (const size of linuxSizes) {
    writeFileSync(join(folder, 'icons', `${size}x${size}.png`), drawn.get(size)!);
  }
  writeFileSync(
    join(folder, 'icon.ico'),
    icoFile(new Map(windowsSizes.map((size) => [size, drawn.get(size)!]))),
  );
  writeFileSync(
    join(folder, 'icon.icns'),
    icnsFile(macTypes.map(([type, size]) => [type, drawn.get(size)!])),
  );
}

if (process.argv[1] === import.meta.filename) await drawAll(import.meta.dirname);
