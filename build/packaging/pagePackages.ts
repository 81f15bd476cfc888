import type { Plugin } from 'vite';
import { licenceList } from './licences.ts';
import { thisTarget } from './natives.ts';

/** Lies beside the built page, which shows it. */
export const licenceFile = 'licences.json';

/** Puts the licence list beside the page: what the page took code from is known only once it is bundled. */
export function licencePlugin(): Plugin {
  return {
    name: 'kenro:licences',
    apply: 'build',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
      const list = licenceList(packagesOf(modules), thisTarget);
      this.emitFile({ type: 'asset', fileName: licenceFile, source: JSON.stringify(list) });
    },
  };
}

/** @param modules names of bundled modules: paths, some of them with something before or behind */
export function packagesOf(modules: readonly string[]): string[] {
  const names = modules.flatMap((module) => {
    const inside = /.*node_modules[\\/](@[^\\/]+[\\/][^\\/]+|[^@\\/][^\\/]*)[\\/]/.exec(module)?.[1];
    return inside === undefined ? [] : [inside.replace('\\', '/')];
  });
  return [...new Set(names)].sort();
}
