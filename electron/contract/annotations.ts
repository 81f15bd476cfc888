import type { AuditAction } from './domain.ts';

/** What changes how parts are judged, or the parts themselves: marked on the time axis of a trend. */
export const annotatedActions = [
  'intervention.note',
  'lineStop.raise',
  'lineStop.rules',
  'model.activate',
  'model.thresholds',
  'product.smoothing',
  'provider.change',
  'provider.fallback',
  'source.change',
  'source.disturb',
] as const satisfies readonly AuditAction[];
