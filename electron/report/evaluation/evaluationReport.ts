import { KenroError, type ErrorKind } from '../../contract/errors.ts';
import type { ModelComparison, PartChange, ReportData, ReportModel } from '../../contract/report.ts';
import type { EngineClient } from '../../engine/client.ts';
import { changedParts, exampleParts } from './changes.ts';
import type { MeasuredModel } from './measureModels.ts';
import { shortNames } from './shortNames.ts';

/** Examples with a picture, of each model held against the first. */
const examples = 12;
/** Longer side of a picture in pixels. */
const pictureSide = 160;
/** What is wrong with an image that could be read before. */
const gone = new Set<ErrorKind>(['imageVanished', 'imageUnreadable', 'imageIncomplete']);

/** What a report is about, beside the figures. */
export type ReportAbout = Pick<ReportData, 'madeAtMs' | 'version' | 'settings' | 'leftOut'>;

/**
 * Puts measured models together into what a report shows; without pictures, see `withPictures`.
 * @param known what people call the models and what they are to each other; by their files when not said
 */
export function evaluationReport(
  measured: readonly MeasuredModel[],
  about: ReportAbout,
  known?: readonly Pick<ReportModel, 'name' | 'role'>[],
): ReportData {
  const evaluations = measured.map(({ evaluation }) => evaluation);
  const names = shortNames(evaluations.map(({ model }) => model));
  return {
    ...about,
    models: measured.map(({ evaluation, layers }, at) => {
      return { ...(known?.[at] ?? { name: names[at]!, role: null }), evaluation, layers };
    }),
    comparisons: measured.flatMap(({ evaluation, costs }, second) =>
      costs.map((cost, first): ModelComparison => {
        return { first, second, cost, ...changedParts(evaluations[first]!, evaluation, about.settings.site) };
      }),
    ),
  };
}

/**
 * The report with pictures of some parts whose verdict changed against the first model, as both models saw them. An image
 * that has gone since it was measured has none; the figures are not thrown away for it.
 * @throws {KenroError} what the engine reports
 */
export async function withPictures(
  report: ReportData,
  engine: Pick<EngineClient, 'call'>,
): Promise<ReportData> {
  const { seed } = report.settings;
  const pictured = async (part: PartChange): Promise<PartChange> => {
    const { path, condition } = part;
    const request = { path, condition, seed, maxSide: pictureSide };
    try {
      const { jpeg } = await engine.call('conditionPicture', request);
      return { ...part, picture: Buffer.from(jpeg).toString('base64') };
    } catch (thrown) {
      if (thrown instanceof KenroError && gone.has(thrown.kind)) return part;
      throw thrown;
    }
  };
  const comparisons: ModelComparison[] = [];
  for (const comparison of report.comparisons) {
    const chosen = new Set(comparison.first === 0 ? exampleParts(comparison.parts, examples) : []);
    const parts: PartChange[] = [];
    for (const part of comparison.parts) parts.push(chosen.has(part) ? await pictured(part) : part);
    comparisons.push({ ...comparison, parts });
  }
  return { ...report, comparisons };
}
