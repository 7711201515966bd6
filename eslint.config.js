import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import { doors, floors } from './test/setup/lint/house.js';
import { house } from './test/setup/lint/rules.js';

/** Everything of a floor and below may be imported from above it; nothing above it, and no neighbour on it. */
const zones = floors.slice(0, -1).flatMap((parts, height) =>
  parts.map((part) => ({
    target: `./src/${part}`,
    from: [...floors.slice(height + 1).flat(), ...parts.filter((other) => other !== part)].map(
      (other) => `./src/${other}`,
    ),
    message: 'Arrows point down: see the floors in test/setup/lint/house.js.',
  })),
);

/** The modules whose door a file is not; patterns, so that `yauzl/x` counts as yauzl. */
const restrict = (closed) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: closed.map(({ name, allow }) => ({
        group: [name, `${name}/*`],
        message: `Its door is ${allow.join(', ') || 'in the bench'}: see test/setup/lint/house.js.`,
      })),
    },
  ],
});
const doorFiles = [...new Set(doors.flatMap((door) => door.allow))];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.test-tools/', 'fixtures/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      // `import { type X }` loads the file all the same.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { house },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones, basePath: import.meta.dirname }],
      'house/no-circle': 'error',
      'house/pure': 'error',
      'house/one-way-out': 'error',
      'house/function-length': ['error', { max: 60 }],
    },
  },
  { files: ['src/**/*.ts'], ignores: doorFiles, rules: restrict(doors) },
  ...doorFiles.map((file) => ({
    files: [file],
    rules: restrict(doors.filter((door) => !door.allow.includes(file))),
  })),
  {
    files: ['src/report/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/(build|check|verify|publish|init)/',
              allowTypeImports: true,
              message: 'report/ knows results by their types only.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli.ts', 'src/index.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        {
          name: 'process',
          message: 'Only cli.ts and index.ts know the process; take what you need as an argument.',
        },
      ],
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  {
    // Classic scripts of one page: what one declares, the others see. Each says which it takes and which it gives.
    files: ['templates/report/*.js'],
    languageOptions: {
      sourceType: 'script',
      globals: Object.fromEntries(
        [
          'document',
          'Element',
          'HTMLElement',
          'addEventListener',
          'innerWidth',
          'innerHeight',
          'setTimeout',
          'clearTimeout',
          'ResizeObserver',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: {
      'no-redeclare': ['error', { builtinGlobals: false }],
      'no-unused-vars': ['error', { vars: 'local' }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'Identifier[name=/^(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|DOMParser|srcdoc|write|writeln)$/]',
          message: 'What others wrote is text in the page: textContent, never markup.',
        },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);
