/** `npm run build`: everything that goes into a package, in `dist/`. */
import { rmSync } from 'node:fs';
import { distFolder } from './folders.ts';
import { freshCore, freshPage } from './freshness.ts';

rmSync(distFolder, { recursive: true, force: true });
await freshPage(console.log);
await freshCore(console.log);
console.log(`Built into ${distFolder}`);
