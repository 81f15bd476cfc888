import {
  disturbanceNames,
  disturbanceWords,
  type DisturbanceName,
} from '../../../electron/contract/disturbances.ts';

/** The names of the disturbances as texts. */
export function siteWords(language: 'en' | 'ja'): Record<`site.${DisturbanceName}`, string> {
  const texts = disturbanceNames.map((name) => [`site.${name}`, disturbanceWords[name][language]]);
  return Object.fromEntries(texts) as Record<`site.${DisturbanceName}`, string>;
}
