import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

/** One project per kind of test, so that `npm run check` can leave out the slow ones. */
const kinds: Record<string, { folders: string[]; timeoutMs: number; setup?: string }> = {
  unit: { folders: ['unit', 'architecture', 'store'], timeoutMs: 30_000 },
  models: { folders: ['gradients', 'models'], timeoutMs: 300_000 },
  processes: { folders: ['processes', 'security', 'packaged'], timeoutMs: 120_000 },
  // Small within `npm test`; hours of it by `npm run test:faults`.
  faults: { folders: ['faults'], timeoutMs: 24 * 3_600_000 },
  e2e: { folders: ['e2e'], timeoutMs: 180_000, setup: 'test/support/tellFailures.ts' },
};

export default defineConfig({
  root,
  test: {
    projects: Object.entries(kinds).map(([name, { folders, timeoutMs, setup }]) => ({
      plugins: [svelte({ configFile: false })],
      root,
      test: {
        name,
        include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
        environment: 'node',
        setupFiles: setup === undefined ? [] : [setup],
        pool: 'forks',
        maxWorkers: 2,
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        // A busy computer takes longer than the second that is usual.
        expect: { poll: { timeout: Math.min(timeoutMs / 6, 30_000) } },
      },
    })),
  },
});
