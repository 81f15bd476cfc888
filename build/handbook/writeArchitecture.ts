/** `npm run architecture`: draws the packages and their arrows anew, as the imports are. */
import { writeFileSync } from 'node:fs';
import { root } from '../folders.ts';
import { readArchitecture } from './architecture.ts';
import { drawArchitecture } from './drawArchitecture.ts';
import { architectureFile } from './handbook.ts';

writeFileSync(architectureFile, drawArchitecture(await readArchitecture(root)));
console.log(`Drawn into ${architectureFile}`);
