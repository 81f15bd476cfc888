import type { Migration } from '../migrate.ts';
import { catalogue } from './10-catalogue.ts';
import { inspections } from './20-inspections.ts';
import { rollups } from './30-rollups.ts';
import { audit } from './40-audit.ts';
import { defects } from './50-defects.ts';
import { smoothing } from './60-smoothing.ts';
import { scores } from './70-scores.ts';
import { parity } from './80-parity.ts';
import { people } from './90-people.ts';
import { rollouts } from './110-rollouts.ts';
import { drift } from './120-drift.ts';
import { lots } from './130-lots.ts';
import { lineStops } from './140-lineStops.ts';
import { reviewing } from './150-reviewing.ts';
import { reports } from './160-reports.ts';
import { watching } from './180-watching.ts';
import { signing } from './190-signing.ts';
import { keptPictures } from './200-keptPictures.ts';

/** All migrations, oldest first. A released one never changes; a new one takes the next ten. */
export const migrations: readonly Migration[] = [
  ...[catalogue, inspections, rollups, audit, defects],
  ...[smoothing, scores, parity, people, rollouts],
  ...[drift, lots, lineStops, reviewing, reports, watching],
  ...[signing, keptPictures],
];
