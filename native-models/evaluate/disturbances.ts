import { severities } from '../images/corruptions/corruption.ts';
import { corrupt, corruptions } from '../images/corruptions/index.ts';
import { pictureSeed, type Picture } from '../images/picture.ts';
import { conditionName, type Disturbance } from '../images/site/profile.ts';

/** What pictures are disturbed by in an evaluation. */
export interface Disturbing {
  /** Names of the corruptions, each at five severities. */
  readonly corruptions: readonly string[];
  /** Further conditions: what the line does to its pictures. */
  readonly disturbances?: readonly Disturbance[];
}

/** Every disturbance to try, once. */
export function disturbancesOf({ corruptions: names, disturbances = [] }: Disturbing): Disturbance[] {
  const suite = names.flatMap((corruption) => severities.map((severity) => ({ corruption, severity })));
  return [...new Map([...suite, ...disturbances].map((each) => [conditionName(each), each])).values()];
}

/**
 * A picture as an evaluation of this seed sees it, null = undisturbed: the same for every model, wherever its file lies.
 * @throws ModelError `badRequest` for an unknown corruption
 */
export async function disturbedPicture(
  picture: Picture,
  disturbance: Disturbance | null,
  seed: number,
): Promise<Picture> {
  if (!disturbance) return picture;
  const { corruption, severity } = disturbance;
  return corrupt(picture, corruption, severity, pictureSeed(picture, seed));
}

/** Every corruption there is. */
export const corruptionNames: readonly string[] = corruptions.map(({ name }) => name);
