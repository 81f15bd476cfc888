import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { root } from './folders.ts';
import { handbookPlugin } from './handbook/plugin.ts';
import { licencePlugin } from './packaging/pagePackages.ts';

/** The page: what both shells show. */
export default defineConfig({
  root: join(root, 'renderer'),
  // The same paths under http://127.0.0.1 and app://kenro.
  base: '/',
  plugins: [svelte({ configFile: false }), licencePlugin(), handbookPlugin()],
  logLevel: 'warn',
  build: {
    emptyOutDir: true,
    target: 'es2024',
    // The page's policy has no `data:` for scripts, styles and fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
