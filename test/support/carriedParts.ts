import { readFile, writeFile } from 'node:fs/promises';

const beforeParts = 'KENROPRODUCT2\n'.length;

/** Of a product's file: the JSON of the product and that of its signature, and what comes behind. */
export async function carriedParts(
  file: string,
): Promise<[json: Buffer, signature: Buffer, contents: Buffer]> {
  const bytes = await readFile(file);
  const partAt = (at: number) => bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at));
  const json = partAt(beforeParts);
  const signature = partAt(beforeParts + 4 + json.length);
  return [json, signature, bytes.subarray(beforeParts + 8 + json.length + signature.length)];
}

/** Over the file. */
export async function writeCarriedParts(
  file: string,
  json: Buffer,
  signature: Buffer,
  contents: Buffer,
): Promise<void> {
  const start = (await readFile(file)).subarray(0, beforeParts);
  const length = ({ byteLength }: Buffer) => Buffer.from(Uint32Array.of(byteLength).buffer).reverse();
  await writeFile(file, Buffer.concat([start, length(json), json, length(signature), signature, contents]));
}

/** Puts another signature into a file, as JSON. */
export async function withSignature(file: string, signature: string): Promise<void> {
  const [json, , contents] = await carriedParts(file);
  await writeCarriedParts(file, json, Buffer.from(signature), contents);
}
