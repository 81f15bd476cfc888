import type { Room } from './navigation.svelte.ts';

/** The topic of the handbook for each screen. */
const topicOf: Readonly<Record<Exclude<Room, 'help' | 'settings'>, string>> = {
  inspect: 'inspect',
  trends: 'trends',
  review: 'review',
  teach: 'teach',
  retrain: 'retrain',
  rollout: 'rollout',
  history: 'history',
  roi: 'roi',
};

/** And for each tab of the settings, with a section where the topic has others too. */
const topicOfTab: Readonly<Record<string, string>> = {
  sources: 'sources',
  products: 'products',
  models: 'models/models',
  thresholds: 'thresholds',
  backbones: 'models/backbones',
  provider: 'computer/provider',
  backup: 'backup',
  people: 'people',
  reports: 'reports/shift',
  display: 'screens/language',
  audit: 'audit',
  keys: 'trust/keys',
  check: 'trust/check',
  about: 'computer/update',
};

/** Sections that belong to a tab of the review. */
const sectionsOfReview = ['queue', 'grid', 'limits', 'results', 'sampling'];

/** Topic, and section behind a slash, that tell about a screen; `null` of the handbook itself. */
export function helpFor(room: Room, place: string | null): string | null {
  if (room === 'help') return null;
  if (room === 'settings') return topicOfTab[place ?? 'sources'] ?? 'sources';
  if (room === 'review' && place !== null && sectionsOfReview.includes(place)) return `review/${place}`;
  return topicOf[room];
}
