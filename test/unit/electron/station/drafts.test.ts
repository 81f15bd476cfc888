import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dataPaths } from '../../../../electron/platform/paths.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { testStation } from '../../../support/testStation.ts';

it('what a kill left of files being written is gone at the next start, and nothing else', async () => {
  const { root, models } = dataPaths(join(await temporaryFolder(), 'data'));
  await mkdir(join(models, 'aa.reference.1.tmp'), { recursive: true });
  for (const path of [join(models, 'aa.onnx.1.tmp'), join(root, 'import-1.tmp'), join(models, 'aa.onnx')]) {
    await writeFile(path, 'x');
  }
  await testStation({ dataDir: root });
  for (const draft of ['import-1.tmp', 'models/aa.onnx.1.tmp', 'models/aa.reference.1.tmp']) {
    expect(existsSync(join(root, draft))).toBe(false);
  }
  expect(existsSync(join(models, 'aa.onnx'))).toBe(true);
});
