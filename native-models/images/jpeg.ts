import openCodec, { type JpegDecoder } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import type { ImageHeader } from './headers.ts';
import type { Picture } from './picture.ts';

/**
 * Values (width · height · channels) up to which decoding here is quicker than through sharp, which has vector
 * instructions and costs a fixed millisecond and more. It also bounds the decoder's memory, which never shrinks.
 */
const mostValues = 400_000;

let opened: Promise<JpegDecoder> | undefined;

/**
 * Decodes a small plain JPEG on this thread, to the same values as sharp would: both are libjpeg-turbo.
 * @returns `null` for a picture that is not small or not plain, or that the decoder finds any fault with
 */
export async function decodeSmallJpeg(bytes: Uint8Array, header: ImageHeader): Promise<Picture | null> {
  const { width, height } = header;
  const channels = header.grey ? 1 : 3;
  const length = width * height * channels;
  if (!header.plain || length > mostValues) return null;
  const decoder = await (opened ??= openCodec().then(({ JPEGDecoder }) => new JPEGDecoder()));
  try {
    decoder.getEncodedBuffer(bytes.byteLength).set(bytes);
    decoder.decode();
    const data = decoder.getDecodedBuffer();
    if (data.length !== length || decoder.getFrameInfo().width !== width) return null;
    // A copy, and of the type that it is said to be: the codec's own is clamped.
    return { width, height, channels, depth: 8, data: new Uint8Array(data) };
  } catch (thrown) {
    // A refusal is a bare number (a C++ exception); after anything else the codec's memory is not to be trusted.
    if (typeof thrown !== 'number') opened = undefined;
    return null;
  }
}
