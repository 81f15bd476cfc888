import type { securityJa } from './securityJa.ts';

/** Of the screen of training parts, signatures, and dangerous settings. */
export const securityEn: Record<keyof typeof securityJa, string> = {
  'stage.screenFeatures': 'Extracting features of the parts',
  'stage.screen': 'Looking for suspect parts',
  'screen.title': 'Suspect parts',
  'screen.hint':
    'These may be mislabelled, tampered with or foreign. Look at them and keep or leave out each. What is left out is not deleted.',
  'screen.none': 'No part is suspect ({images} looked at).',
  'screen.count': '{suspects} of {images}',
  'screen.shown': 'the {shown} most suspicious',
  'screen.more': 'Show more',
  'screen.keys': 'Arrow keys move, D leaves out, K keeps',
  'screen.keep': 'Keep',
  'screen.drop': 'Leave out',
  'screen.dropped': 'Left out: {count} (neither trained nor tested on)',
  'screen.dropAll': 'Leave out all shown',
  'screen.keepAll': 'Keep all',
  'screen.stated': 'label: {label}',
  'screen.check.neighbours': '{figure} of similar parts are “{class}”',
  'screen.check.outOfFold': 'a classifier that never saw it says “{class}” {figure}',
  'screen.check.signature': 'far out in its class ({figure} standard deviations)',
  'screen.check.cluster': 'one of {members} apart, {figure} of which look like other classes',
  'screen.check.alone': 'shows what no other part shows ({figure} standard deviations)',
  'screen.weak':
    'These features tell the classes apart in only {share} of the cases. Two checks of labels must agree before a part is named.',
  'screen.tooFew': 'Too few parts to check the labels of: {classes}',
  'screen.limits':
    'A suspicion is no proof. Parts with the right label that carry a small hidden mark may be missed.',
  'screen.skipped': 'Images that could not be read: {count}',
  'screen.make': 'Look for suspect parts',
  'screen.again': 'Look again',
  'screen.decided': 'Screened: {suspects} suspects, {dropped} left out',
  'audit.action.retrain.screen': 'Parts of a training screened',
};
