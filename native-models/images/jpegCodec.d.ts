/** libjpeg-turbo as WebAssembly; the package brings no types. */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  /** Holds one image at a time; its buffers are views of memory that the next call may move. */
  export interface JpegDecoder {
    /** Room for the file's bytes. */
    getEncodedBuffer(length: number): Uint8Array;
    /** @throws a number when the file is damaged in any way or of an unknown kind */
    decode(): void;
    /** Rows from the top, grey or R G B interleaved. */
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): { readonly width: number; readonly height: number };
  }

  export default function openCodec(): Promise<{ readonly JPEGDecoder: new () => JpegDecoder }>;
}
