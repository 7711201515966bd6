import js from '@eslint/js';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Each outside library has one door. `allow` names the file(s) that may import it. */
const doors = [
  { name: 'archiver', allow: [] },
  {
    name: 'yauzl',
    allow: [
      'src/pack/unzip.ts',
      'src/pack/zip-contents.ts',
      'src/io/remote-zip.ts',
      'src/io/block-reader.ts',
    ],
  },
  { name: 'execa', allow: ['src/io/run.ts'] },
  { name: 'chalk', allow: ['src/io/screen.ts', 'src/io/colour.ts'] },
  { name: 'commander', allow: ['src/cli.ts', 'src/options.ts', 'src/commands/*.ts'] },
  { name: '@aws-sdk/client-s3', allow: ['src/publish/*.ts'] },
  { name: '@aws-sdk/client-lambda', allow: ['src/publish/*.ts'] },
  { name: 'open', allow: ['src/io/browser.ts'] },
  { name: 'parse5', allow: ['src/report/html/page.ts'] },
  { name: 'fast-glob', allow: ['src/inventory/walk.ts', 'src/inventory/handler.ts'] },
];

const fileSystem = ['node:fs', 'node:fs/promises', 'node:child_process', 'execa', 'chalk'];
/** Deciding is pure: these never touch the disk, a process or the screen. */
const pure = [
  'src/model.ts',
  'src/limits.ts',
  'src/findings.ts',
  'src/findings-check.ts',
  'src/findings-publish.ts',
  'src/errors.ts',
  'src/check/budget.ts',
  'src/check/baseline-file.ts',
  'src/check/contents.ts',
  'src/check/difference.ts',
  'src/check/manifest-sizes.ts',
  'src/check/model.ts',
  'src/check/sizes.ts',
  'src/check/verdicts.ts',
  'src/elf/*.ts',
  'src/prune/plan.ts',
  'src/prune/needed.ts',
  'src/prune/imports.ts',
  'src/prune/orphans.ts',
  'src/prune/record.ts',
  'src/prune/bytecode-plan.ts',
  'src/prune/prove-fixed-point.ts',
  'src/prune/prove-groups.ts',
  'src/prune/prove-missing.ts',
  'src/prune/prove-types.ts',
  'src/pack/plan.ts',
  'src/pack/split.ts',
  'src/pack/refusal.ts',
  'src/pack/zip-format.ts',
  'src/pack/zip-size.ts',
  'src/publish/attach-plan.ts',
  'src/publish/calls.ts',
  'src/publish/grants.ts',
  'src/publish/model.ts',
  'src/publish/plan.ts',
  'src/recipes/**/*.ts',
  'src/report/*.ts',
  'src/report/html/data.ts',
  'src/report/html/kind.ts',
  'src/resolve/wheels.ts',
  'src/verify/hints.ts',
  'src/verify/judge.ts',
  'src/verify/modules.ts',
  'src/verify/opened.ts',
  'src/verify/statistics.ts',
];

const restrict = (names) => ({
  'no-restricted-imports': [
    'error',
    { paths: [...new Set(names)].map((name) => ({ name, message: 'See CONTRIBUTING: walls.' })) },
  ],
});

const closedDoors = (file) => doors.filter((door) => !door.allow.includes(file)).map((door) => door.name);
const doorFiles = [...new Set(doors.flatMap((door) => door.allow))];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.test-tools/', 'fixtures/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-cycle': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
    },
  },
  { files: ['src/**/*.ts'], ignores: doorFiles, rules: restrict(closedDoors('')) },
  ...doorFiles.map((file) => ({ files: [file], rules: restrict(closedDoors(file)) })),
  { files: pure, rules: restrict([...doors.map((door) => door.name), ...fileSystem]) },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Only cli.ts knows the process; take what you need as an argument.' },
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
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);
