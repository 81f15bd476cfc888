import { Handbook, type HandbookPart, type Topic } from '../../../electron/contract/handbook.ts';
import { assetPaths } from '../../../electron/contract/bridge.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type { I18n, Language } from '../i18n/i18n.svelte.ts';
import { fetchFile, saveFile } from './files.ts';
import { searchHandbook, wordsOf, type Found } from './handbookSearch.ts';
import { helpFor } from './helpPlaces.ts';
import type { Navigation } from './navigation.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

/** The handbook of the language on screen, what is searched for in it, and where it was opened from. */
export class HelpState {
  readonly #i18n: I18n;
  readonly #navigation: Navigation;
  readonly #toasts: Toasts;
  #handbooks = $state.raw<Partial<Record<Language, Handbook>>>({});
  #error = $state.raw<ErrorInfo | null>(null);
  #saving = $state<HandbookPart | null>(null);
  query = $state('');

  constructor(i18n: I18n, navigation: Navigation, toasts: Toasts) {
    this.#i18n = i18n;
    this.#navigation = navigation;
    this.#toasts = toasts;
  }

  /** `undefined`: not read yet. */
  get handbook(): Handbook | undefined {
    return this.#handbooks[this.#i18n.language];
  }

  /** Why it cannot be read. */
  get error(): ErrorInfo | null {
    return this.#error;
  }

  get topic(): Topic | undefined {
    const { topics } = this.handbook ?? { topics: [] };
    return topics.find(({ id }) => id === this.#navigation.place) ?? topics[0];
  }

  /** What is searched for, as it is compared. */
  readonly words: readonly string[] = $derived.by(() => wordsOf(this.query));
  /** `null` while nothing is searched for. */
  readonly found: readonly Found[] | null = $derived.by(() =>
    this.handbook && this.words.length > 0 ? searchHandbook(this.handbook, this.query) : null,
  );

  /** The part that is being printed. */
  get saving(): HandbookPart | null {
    return this.#saving;
  }

  /** Reads the handbook of the language on screen, once. */
  async read(): Promise<void> {
    const { language } = this.#i18n;
    if (this.#handbooks[language]) return;
    this.#error = null;
    const outcome = await fetchFile(`/handbook/${language}.json`);
    if (!outcome.ok) {
      this.#error = outcome.error;
      return;
    }
    const handbook = Handbook.parse(JSON.parse(await outcome.content.text()));
    this.#handbooks = { ...this.#handbooks, [language]: handbook };
  }

  /** Opens it at the screen that is open. */
  open(): void {
    const { room, place } = this.#navigation;
    const target = helpFor(room, place);
    if (target === null) return;
    this.query = '';
    this.#navigation.go('help', target);
  }

  /** Makes a file to print. */
  async save(part: HandbookPart): Promise<void> {
    const { language, t } = this.#i18n;
    const name = part === 'whole' ? '' : ` ${t(`help.reader.${part}`)}`;
    this.#saving = part;
    const file = await fetchFile(assetPaths.handbook(part, language));
    this.#saving = null;
    if (file.ok) saveFile(file.content, `Kenro ${t('help.title')}${name}.pdf`);
    else this.#toasts.fail(file.error);
  }
}
