import { falseAlarmCauses } from '../../../electron/contract/review.ts';
import type { AppState } from './app.svelte.ts';
import type { Room } from './navigation.svelte.ts';

type Keys = (app: AppState, event: KeyboardEvent) => (() => void) | null;
const keysOf: Partial<Record<Room, Keys>> = {
  inspect: inspectAction,
  review: reviewAction,
  history: historyAction,
};

/** Keys of the open screen. A key typed into a field belongs to the field; inside a dialog nothing here acts. */
export function handleKey(app: AppState, event: KeyboardEvent): void {
  if (document.querySelector('dialog[open]') || (isTyping(event) && event.key !== 'F1')) return;
  const action = helpAction(app, event) ?? keysOf[app.navigation.room]?.(app, event);
  if (!action) return;
  event.preventDefault();
  action();
}

/** Of every screen. */
function helpAction(
  { help }: AppState,
  { key, ctrlKey, metaKey, altKey }: KeyboardEvent,
): (() => void) | null {
  const isAsking = key === 'F1' || (key === '?' && !ctrlKey && !metaKey && !altKey);
  return isAsking ? () => help.open() : null;
}

const stepPx = 60;
const stepScale = 1.4;

/** Of the review of one part after the other. */
function reviewAction(app: AppState, event: KeyboardEvent): (() => void) | null {
  const { review, zoom, station, navigation } = app;
  const isOneByOne = navigation.place === null || navigation.place === 'queue';
  if (!isOneByOne) return null;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && key === 'z') return () => void review.undo();
  if (event.ctrlKey || event.metaKey || event.altKey || (event.repeat && !key.startsWith('arrow')))
    return null;
  const cause = falseAlarmCauses[Number(key) - 1];
  if (cause !== undefined) return () => (review.cause = review.cause === cause ? '' : cause);
  const actions: Record<string, () => void> = {
    o: () => void review.say('ok'),
    n: () => void review.say('ng'),
    s: () => void review.later(),
    u: () => void review.undo(),
    h: () => void station.changeSettings({ heatmap: !(station.settings?.heatmap ?? true) }),
    '+': () => zoom.by(stepScale),
    // Where + is typed with the shift key on a Japanese keyboard.
    ';': () => zoom.by(stepScale),
    '-': () => zoom.by(1 / stepScale),
    '0': () => zoom.reset(),
    arrowleft: () => zoom.pan(stepPx, 0),
    arrowright: () => zoom.pan(-stepPx, 0),
    arrowup: () => zoom.pan(0, stepPx),
    arrowdown: () => zoom.pan(0, -stepPx),
  };
  return actions[key] ?? null;
}

function inspectAction(app: AppState, event: KeyboardEvent): (() => void) | null {
  const { inspect, station, camera } = app;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && key === 'z') return () => void inspect.undo();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return null;
  switch (key) {
    case 'o':
      return () => void inspect.say('ok');
    case 'n':
      return () => void inspect.say('ng');
    case 'u':
      return () => void inspect.undo();
    case 'h':
      return () => void station.changeSettings({ heatmap: !(station.settings?.heatmap ?? true) });
    case 'escape':
      return () => inspect.live();
    case 'arrowleft':
      return () => inspect.step(-1);
    case 'arrowright':
      return () => inspect.step(1);
    case ' ': {
      const capture = camera.captures.find(({ config }) => config.trigger === 'key');
      const isButton = event.target instanceof HTMLElement && event.target.closest('button, a, summary');
      return capture === undefined || isButton ? null : () => void capture.take('');
    }
    default:
      return null;
  }
}

function historyAction({ history }: AppState, event: KeyboardEvent): (() => void) | null {
  return event.key === 'Escape' && history.open !== null ? () => history.close() : null;
}

function isTyping(event: KeyboardEvent): boolean {
  const { target } = event;
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && (target.type !== 'checkbox' || event.key === ' ');
}
