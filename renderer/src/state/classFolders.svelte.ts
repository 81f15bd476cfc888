import { meansOk, type ClassSurvey } from '../../../electron/contract/classifier.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import { CorrectionDraft } from './correctionDraft.svelte.ts';
import type { StationState } from './station.svelte.ts';

/** Class folders, or a table of classified images, and which of their classes mean OK. */
export class ClassFolders {
  readonly correction = new CorrectionDraft();
  readonly #station: StationState;
  #path = $state<string | null>(null);
  #survey = $state.raw<ClassSurvey | null>(null);
  #error = $state.raw<ErrorInfo | null>(null);
  #okLabels = $state.raw<readonly string[]>([]);

  constructor(station: StationState) {
    this.#station = station;
  }

  get path(): string | null {
    return this.#path;
  }

  /** Classes and their images; `null` until they have been counted. */
  get survey(): ClassSurvey | null {
    return this.#survey;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  get busy(): boolean {
    return this.#path !== null && this.#survey === null && this.#error === null;
  }

  get okLabels(): string[] {
    return [...this.#okLabels];
  }

  /** What is still missing, or `null`. */
  get missing(): 'classFolder' | 'okClass' | 'defectClass' | null {
    if (this.#survey === null) return 'classFolder';
    if (this.#okLabels.length === 0) return 'okClass';
    return this.#okLabels.length === this.#survey.classes.length ? 'defectClass' : null;
  }

  async choose(path: string | null): Promise<void> {
    this.#path = path;
    this.#survey = null;
    this.#error = null;
    if (path === null) return;
    const outcome = await this.#station.ask('classifier.survey', { path });
    if (this.#path !== path) return;
    if (!outcome.ok) {
      this.#error = outcome.error;
      return;
    }
    this.#survey = outcome.reply;
    this.#okLabels = outcome.reply.classes.map(({ label }) => label).filter(meansOk);
  }

  toggle(label: string): void {
    const chosen = this.#okLabels;
    this.#okLabels = chosen.includes(label) ? chosen.filter((each) => each !== label) : [...chosen, label];
  }
}
