import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installCuda } from './cudaProvider.ts';
import { root } from './folders.ts';
import { FetchError } from './nugetFeed.ts';

const usage = `npm run gpu:cuda -- [--file FILE] [--feed URL]

Fetches the CUDA provider of the installed onnxruntime (about 300 MB, from nuget.org) and puts it beside it.
CUDA 12 and cuDNN 9 have to be on the computer. \`npm ci\` takes it away again.

  --file FILE  a package fetched on another computer
  --feed URL   index.json of another NuGet feed, such as a mirror`;

const remedy = `Where this computer has no network, fetch the package named above on another one, from
https://www.nuget.org/packages/Microsoft.ML.OnnxRuntime.Gpu.Linux, and run: npm run gpu:cuda -- --file FILE`;

/** `npm run gpu:cuda` */
try {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      feed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
  } else {
    const files = await installCuda({
      packageFolder: join(root, 'node_modules', 'onnxruntime-node'),
      computer: `${process.platform}/${process.arch}`,
      feed: values.feed ?? null,
      file: values.file ?? null,
      say: (line) => console.log(line),
    });
    for (const file of files) console.log(file);
    console.log('Kenro tries it at its next measurement: Settings > Compute device, or npx kenro bench.');
  }
} catch (thrown) {
  if (!(thrown instanceof FetchError) && !(thrown instanceof TypeError)) throw thrown;
  console.error(thrown.message);
  if (thrown instanceof FetchError) console.error(remedy);
  process.exitCode = 1;
}
