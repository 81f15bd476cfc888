import { renderRoi } from '../../report/roi/roiReport.ts';
import { readProduct } from '../../store/products.ts';
import { readRoiPlan } from '../../store/roiPlans.ts';
import { KenroError } from '../../contract/errors.ts';
import type { ReportFormat, ReportLanguage } from '../../contract/report.ts';
import type { StationContext } from '../context.ts';
import { reckonRoi } from './reckonRoi.ts';

/**
 * The return on investment of a product, by the plan that was saved, as a file.
 * @throws {KenroError} `notFound`, also where no plan was saved; as `renderRoi`
 */
export async function roiFile(
  context: Pick<StationContext, 'db' | 'engine' | 'trainEngine' | 'options'>,
  productId: number,
  format: ReportFormat,
  language: ReportLanguage,
): Promise<string | Uint8Array> {
  const { db, options } = context;
  const { name } = readProduct(db, productId);
  const plan = readRoiPlan(db, productId);
  if (plan === null) throw new KenroError('notFound', { what: 'roi', id: productId });
  const roi = await reckonRoi(context, productId, plan);
  const report = { roi, product: name, madeAtMs: options.clock.nowMs(), version: options.version };
  return renderRoi(report, format, language, options.printPdf);
}
