import type { Reader } from '../../electron/contract/handbook.ts';

/** The topics of the handbook by whom they are for, in order; each is a file of every language. */
export const contents: Readonly<Record<Reader, readonly string[]>> = {
  everybody: ['firstHour', 'screens', 'words'],
  operator: ['inspect', 'review', 'trends', 'lineStops', 'history'],
  engineer: ['teach', 'retrain', 'rollout', 'thresholds', 'models', 'roi'],
  administrator: ['sources', 'products', 'people', 'reports', 'computer', 'backup', 'audit', 'trust'],
  developer: [
    'architecture',
    'addDetector',
    'addDisturbance',
    'addAttack',
    'addRule',
    'addSource',
    'addLanguage',
  ],
};
