/** What the station itself needs of the watch of drift: how it is set up, and figures that cost next to nothing. */
export { populationStability, psiFrom } from '../../native-models/statistics/drift/psi.ts';
export { recentParts, usualDriftPlan } from '../../native-models/statistics/drift/watch.ts';
