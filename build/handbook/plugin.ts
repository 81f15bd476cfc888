import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { handbookParts } from '../../electron/contract/handbook.ts';
import { reportLanguages } from '../../electron/contract/report.ts';
import { programVersion } from '../../electron/platform/places.ts';
import { drawingsFolder, readHandbook, texts } from './handbook.ts';
import { printedHandbook } from './printed.ts';

/**
 * Puts the handbook beside the page, in every language: as data, which the page shows without a line of HTML of its own,
 * and as pages that are printed.
 */
export function handbookPlugin(): Plugin {
  return {
    name: 'kenro:handbook',
    apply: 'build',
    generateBundle() {
      const emit = (name: string, source: string) =>
        this.emitFile({ type: 'asset', fileName: `handbook/${name}`, source });
      const drawing = (file: string) => readFileSync(join(drawingsFolder, file), 'utf8');
      for (const language of reportLanguages) {
        const handbook = readHandbook(language);
        emit(`${language}.json`, JSON.stringify(handbook));
        const setting = { language, texts: texts[language], version: programVersion(), drawing };
        for (const part of handbookParts) {
          emit(`${language}-${part}.html`, printedHandbook(handbook, part, setting));
        }
        const figures = handbook.topics.flatMap(({ sections }) => sections.flatMap(({ blocks }) => blocks));
        for (const block of figures) {
          if (block.kind === 'figure') emit(block.file, drawing(block.file));
        }
      }
    },
  };
}
