import { createHash } from 'node:crypto';
import { writeDurably } from '../platform/durableFile.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import { writeModel } from '../../native-models/onnx/write.ts';

/**
 * Writes a model, complete or not at all.
 * @returns SHA-256 of the file, lower-case hexadecimal
 * @throws {KenroError} `diskFull`, `diskReadOnly`
 */
export async function saveModel(path: string, model: Model): Promise<string> {
  const bytes = writeModel(model);
  await writeDurably(path, bytes);
  return createHash('sha256').update(bytes).digest('hex');
}
