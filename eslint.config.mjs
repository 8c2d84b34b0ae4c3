import { existsSync } from 'node:fs';
import tseslint from 'typescript-eslint';
import borders from './scripts/eslint/borders.mjs';

const realms = ['src/server', 'src/extension', 'src/webviews', 'test'].filter((realm) => existsSync(`${realm}/tsconfig.json`));

export default tseslint.config(
  { ignores: ['dist', 'out', 'node_modules', 'examples', '.vscode-test', '**/*.mjs'] },
  {
    files: realms.map((realm) => `${realm}/**/*.{ts,tsx}`),
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { tasktower: { rules: { borders } } },
    languageOptions: { parserOptions: { project: realms.map((realm) => `${realm}/tsconfig.json`), tsconfigRootDir: import.meta.dirname } },
    rules: {
      'tasktower/borders': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/require-await': 'off',
    },
  },
);
