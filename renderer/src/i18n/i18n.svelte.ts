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

const things = (Object.keys(ja) as TextKey[]).filter((key) => key.startsWith('thing.'));

function compact(params: Readonly<Record<string, string | number | undefined>>): TextParams {
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

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

  /**
   * What the texts call things: a part of the station by its own word, a file by its path or name, whatever the
   * place that failed called it.
   */
  #named(params: TextParams): TextParams {
    const thing = (code: string | number | undefined) => this.#thing(code);
    return compact({
      ...params,
      thing: thing(params['what']) ?? this.t('thing.it'),
      peer: this.t(params['what'] === 'station' ? 'thing.station' : 'thing.engine'),
      usedBy: thing(params['usedBy']),
      file: params['file'] ?? params['path'],
      time: this.#time(params['lastPartMs'] ?? params['madeMs']),
      name: params['name'] ?? params['output'] ?? params['input'] ?? params['value'] ?? params['id'],
      op: params['op'] ?? params['operator'],
      data: params['data'],
      role: this.#word('role', params['role']),
      own: this.#word('role', params['own']),
      weakness: this.#word('weakness', params['reason']),
    });
  }

  /** Our word for a code of the station, e.g. a role; `undefined` where there is none. */
  #word(kind: 'role' | 'weakness', code: string | number | undefined): string | undefined {
    const key = `${kind}.${code}`;
    return key in ja ? this.t(key as TextKey) : undefined;
  }

  #time(ms: string | number | undefined): string | undefined {
    return typeof ms === 'number' ? this.format.dateTime(ms) : undefined;
  }

  #thing(code: string | number | undefined): string | undefined {
    const key = things.find((each) => each === `thing.${code}`);
    return key === undefined ? undefined : this.t(key);
  }

  error = (info: Pick<ErrorInfo, 'kind'> & { params?: TextParams }): ErrorText => {
    const { what, remedy } = errorTexts[this.language][info.kind];
    const params = this.#named(info.params ?? {});
    return { what: capitalised(fill(what, params)), remedy: fill(remedy, params) };
  };
}
