import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

/** Determinism: the clock and the random source are arguments; only platform/ reads the real ones. */
const determinism = {
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Pass a seeded random source (platform/random).' },
    { object: 'Date', property: 'now', message: 'Pass a Clock (platform/clock).' },
  ],
};

const staysInOneLanguage = {
  selector:
    'VariableDeclarator[init.type="Identifier"][init.name="i18n"] > ObjectPattern > Property[key.name="format"]',
  message: 'Taken out once, it stays in the language of that moment: $derived(i18n.format).',
};

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'test/output/', '**/*_pb.ts'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
  },
  {
    files: ['**/*.svelte'],
    rules: { 'no-restricted-syntax': ['error', staysInOneLanguage] },
  },
  {
    files: ['electron/**/*.ts', 'native-models/**/*.ts', 'renderer/**/*.{ts,svelte}'],
    ignores: ['electron/platform/**'],
    rules: determinism,
  },
  {
    files: ['electron/cli/**', 'build/**', 'test/bench/**', 'electron/platform/log.ts'],
    rules: { 'no-console': 'off' },
  },
);
