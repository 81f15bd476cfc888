import type { Handlers } from '../../contract/channels.ts';
import type { StationContext } from '../context.ts';

/** Evaluation reports on any models of a product. */
export function reportHandlers({
  modelReports,
}: StationContext): Pick<Handlers, Extract<keyof Handlers, `report.${string}`>> {
  return {
    'report.start': (request) => modelReports.start(request),
    'report.list': async ({ productId }) => ({ reports: await modelReports.list(productId) }),
    'report.remove': async ({ id }) => {
      await modelReports.remove(id);
      return {};
    },
  };
}
