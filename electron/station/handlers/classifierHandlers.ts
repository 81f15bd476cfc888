import type { Handlers } from '../../contract/channels.ts';
import type { StationContext } from '../context.ts';

/** Making detectors that tell defect types apart. */
export function classifierHandlers({
  classifiers,
}: StationContext): Pick<Handlers, Extract<keyof Handlers, `classifier.${string}`>> {
  return {
    'classifier.survey': ({ path }) => classifiers.survey(path),
    'classifier.describe': ({ path }) => classifiers.describe(path),
    'classifier.labels': async ({ path }) => ({ labels: await classifiers.labels(path) }),
    'classifier.teach': (request) => classifiers.teach(request),
    'classifier.import': (request) => classifiers.import(request),
  };
}
