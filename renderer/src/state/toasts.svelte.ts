import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type { TextKey } from '../i18n/i18n.svelte.ts';

export interface Toast {
  id: number;
  /** Either a text of ours or an error of the station. */
  text: { key: TextKey; params: Record<string, string | number> } | null;
  error: ErrorInfo | null;
  /** A button inside the toast, e.g. to take something back; `shortcut` is empty where no key does it. */
  action: { key: TextKey; shortcut: string; run: () => void } | null;
}

const shownForMs = 8000;
const atMost = 3;

/** Short messages in the corner: what was just recorded, or what went wrong and what to do. */
export class Toasts {
  #items = $state.raw<Toast[]>([]);
  #nextId = 1;

  get items(): readonly Toast[] {
    return this.#items;
  }

  tell(key: TextKey, params: Record<string, string | number> = {}, action: Toast['action'] = null): void {
    this.#add({ id: this.#nextId++, text: { key, params }, error: null, action });
  }

  fail(error: ErrorInfo): void {
    this.#add({ id: this.#nextId++, text: null, error, action: null });
  }

  close(id: number): void {
    this.#items = this.#items.filter((toast) => toast.id !== id);
  }

  #add(toast: Toast): void {
    this.#items = [...this.#items, toast].slice(-atMost);
    setTimeout(() => this.close(toast.id), shownForMs);
  }
}
