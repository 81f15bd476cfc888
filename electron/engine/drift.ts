/** The watch of drift, for the station: numbers in, numbers out, no session and no file. */
export { populationStability, psiFrom } from '../../native-models/statistics/drift/psi.ts';
export {
  nextDrift,
  recentParts,
  startDrift,
  usualDriftPlan,
  type DriftCall,
  type DriftLook,
  type DriftPlan,
  type DriftState,
} from '../../native-models/statistics/drift/watch.ts';
