import type { AppState } from './app.svelte.ts';

/** Keys of the live screen. A key typed into a field belongs to the field; inside a dialog nothing here acts. */
export function handleInspectKey(app: AppState, event: KeyboardEvent): void {
  if (app.navigation.room !== 'inspect' || isTyping(event) || document.querySelector('dialog[open]')) return;
  const action = actionOf(app, event);
  if (action === null) return;
  event.preventDefault();
  action();
}

function actionOf(app: AppState, event: KeyboardEvent): (() => void) | null {
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

function isTyping(event: KeyboardEvent): boolean {
  const { target } = event;
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && (target.type !== 'checkbox' || event.key === ' ');
}
