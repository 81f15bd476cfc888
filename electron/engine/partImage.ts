import { createHash } from 'node:crypto';
import type { ImageSource } from '../contract/engine.ts';
import { ModelError } from '../../native-models/errors.ts';
import { decodeImage, readImageFile } from '../../native-models/images/decode.ts';
import { encodePng } from '../../native-models/images/encode.ts';
import { readHeader } from '../../native-models/images/headers.ts';
import type { ImageFormat } from '../../native-models/images/headers.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import type { EncodedPicture } from './pictureRing.ts';

/** A part's picture, ready to be judged, and as it would be kept. */
export interface PartImage {
  readonly picture: Picture;
  readonly encoded: EncodedPicture;
}

const extensions: Readonly<Record<ImageFormat, string>> = {
  png: 'png',
  jpeg: 'jpg',
  bmp: 'bmp',
  tiff: 'tif',
  webp: 'webp',
};

/**
 * Reads or draws the picture of a part.
 * @throws {ModelError} `imageUnreadable`, `imageTooLarge`, `imageIncomplete`, `imageVanished`
 */
export async function partImage(source: ImageSource): Promise<PartImage> {
  if (source.from === 'demo') {
    const { picture } = drawPart(source);
    const bytes = await encodePng(picture);
    return { picture, encoded: { bytes, hash: sha256(bytes), extension: 'png' } };
  }
  if (source.from === 'file') {
    const { bytes, picture, sha256: hash } = await readImageFile(source.path);
    return { picture, encoded: { bytes, hash, extension: extensionOf(bytes) } };
  }
  const bytes = Buffer.from(source.bytes.buffer, source.bytes.byteOffset, source.bytes.byteLength);
  const picture = await decodeImage(bytes).catch((thrown: unknown) => {
    throw naming(source, thrown);
  });
  return { picture, encoded: { bytes, hash: sha256(bytes), extension: extensionOf(bytes) } };
}

/** What an image is called in messages. */
export function nameOf(source: ImageSource): string {
  if (source.from === 'file') return source.path;
  return source.from === 'demo' ? `${source.part} ${source.index}` : 'camera';
}

/** `decodeImage` cannot know what the bytes are called. */
function naming(source: ImageSource, thrown: unknown): unknown {
  if (!(thrown instanceof ModelError)) return thrown;
  const { kind, params, cause } = thrown;
  return new ModelError(kind, { ...params, file: nameOf(source) }, cause === undefined ? {} : { cause });
}

function extensionOf(bytes: Buffer): string {
  return extensions[readHeader(bytes).format];
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
