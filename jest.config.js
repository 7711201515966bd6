// `fast` needs no network and no tools but Node and Python 3; `main` is the main path with real wheels; `real` is all
// else with real wheels, engines and servers.
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.test-tools/', '<rootDir>/fixtures/'],
};

export default {
  // Real tests name their own, longer limits (jest takes this option here only).
  testTimeout: 60_000,
  projects: [
    {
      ...common,
      displayName: 'fast',
      globalSetup: '<rootDir>/test/setup/dist.js',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/real/'],
    },
    {
      ...common,
      displayName: 'main',
      testMatch: ['<rootDir>/test/real/main-path.test.ts'],
    },
    {
      ...common,
      displayName: 'real',
      testMatch: ['<rootDir>/test/real/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/real/main-path.test.ts'],
    },
  ],
};
