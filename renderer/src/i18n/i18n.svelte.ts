import type { ErrorInfo, ErrorKind } from '../../../electron/contract/errors.ts';
import { en } from './en.ts';
import { errorsEn } from './errorsEn.ts';
import { errorsJa } from './errorsJa.ts';
import { fill, type TextParams } from './fill.ts';
import { Formats } from './formats.ts';
import { ja } from './ja.ts';

export type Language = 'ja' | 'en';
export type TextKey = keyof typeof ja;
export type { TextParams };

/** What happened and what to do, one pair of sentences a kind of error. */
export interface ErrorText {
  what: string;
  remedy: string;
}

const texts: Record<Language, Record<TextKey, string>> = { ja, en };
const errorTexts: Record<Language, Record<ErrorKind, ErrorText>> = { ja: errorsJa, en: errorsEn };

/** All words on screen in the language of the moment; reading one inside a template follows the language. */
export class I18n {
  readonly #read: () => Language;
  readonly #formats: Record<Language, Formats> = { ja: new Formats('ja'), en: new Formats('en') };

  constructor(read: () => Language) {
    this.#read = read;
  }

  get language(): Language {
    return this.#read();
  }

  /** Numbers and times as this language writes them. */
  get format(): Formats {
    return this.#formats[this.language];
  }

  t = (key: TextKey, params: TextParams = {}): string => fill(texts[this.language][key], params);

  error = (info: Pick<ErrorInfo, 'kind'> & { params?: TextParams }): ErrorText => {
    const { what, remedy } = errorTexts[this.language][info.kind];
    const params = info.params ?? {};
    return { what: fill(what, params), remedy: fill(remedy, params) };
  };
}
