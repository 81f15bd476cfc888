/** An encoded image: a file's own bytes, or PNG for a drawn part. */
export interface EncodedPicture {
  readonly bytes: Uint8Array;
  /** Lower-case hexadecimal SHA-256 of `bytes`. */
  readonly hash: string;
  /** File extension without the dot. */
  readonly extension: string;
}

export interface PictureRing {
  add(key: string, picture: EncodedPicture): void;
  get(key: string): EncodedPicture | undefined;
  readonly bytes: number;
}

/** Keeps the newest pictures for the screen, within a number and an amount of memory. */
export function pictureRing(maxPictures: number, maxBytes: number): PictureRing {
  const pictures = new Map<string, EncodedPicture>();
  let bytes = 0;

  const remove = (key: string) => {
    bytes -= pictures.get(key)?.bytes.byteLength ?? 0;
    pictures.delete(key);
  };

  return {
    get bytes() {
      return bytes;
    },
    get: (key) => pictures.get(key),
    add: (key, picture) => {
      remove(key);
      pictures.set(key, picture);
      bytes += picture.bytes.byteLength;
      for (const oldest of pictures.keys()) {
        if (pictures.size <= maxPictures && bytes <= maxBytes) break;
        remove(oldest);
      }
    },
  };
}
