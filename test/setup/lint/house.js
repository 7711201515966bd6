// The house as the linter holds it: which part of src/ stands on which floor, and which file is a library's door.

/**
 * From the ground up. A part may import the parts of lower floors, types included; never one above it or beside it.
 * CONTRIBUTING.md has the same list with words; a test compares both with what is in src/.
 */
export const floors = [
  ['error-texts.ts'],
  ['errors.ts', 'progress.ts', 'text'],
  ['amended.ts', 'findings', 'models-table.ts'],
  ['model.ts'],
  ['limits.ts', 'elf'],
  ['python', 'recipes'],
  ['io'],
  ['world.ts', 'inventory', 'options'],
  ['aws', 'code', 'confine', 'container', 'manifest', 'prune', 'reference'],
  ['stage'],
  ['amend', 'pack', 'prove', 'resolve'],
  ['layers'],
  ['build', 'check', 'doctor', 'init', 'models', 'publish', 'verify'],
  ['report'],
  ['api'],
  ['commands'],
  ['cli.ts', 'index.ts'],
];

/** Each outside library that does something to the world, or that we might replace, has one door. */
export const doors = [
  { name: 'archiver', allow: [] },
  {
    name: 'yauzl',
    allow: [
      'src/pack/zip/block-reader.ts',
      'src/pack/zip/contents.ts',
      'src/pack/zip/remote-zip.ts',
      'src/pack/zip/unzip.ts',
    ],
  },
  { name: 'execa', allow: ['src/io/run.ts'] },
  { name: 'node:child_process', allow: [] },
  { name: 'chalk', allow: ['src/io/screen.ts'] },
  { name: 'ora', allow: ['src/io/screen.ts'] },
  { name: 'commander', allow: ['src/cli.ts'] },
  { name: '@aws-sdk/client-s3', allow: ['src/aws/*.ts', 'src/models/bucket.ts', 'src/publish/*.ts'] },
  { name: '@aws-sdk/client-lambda', allow: ['src/aws/*.ts', 'src/publish/*.ts'] },
  { name: '@aws-sdk/credential-provider-node', allow: ['src/aws/profile.ts'] },
  { name: '@smithy/core/config', allow: ['src/aws/profile.ts'] },
  { name: 'open', allow: ['src/io/browser.ts'] },
  { name: 'undici', allow: ['src/io/http.ts'] },
  { name: 'parse5', allow: ['src/io/html.ts', 'src/report/html/page.ts'] },
];

/** Who writes to the streams of the process. */
export const streamFiles = ['cli.ts', 'io/screen.ts'];

/**
 * Each kind of output has a type of its own, and these files make it: they quote what others wrote. What prints and what writes reports takes
 * no other text.
 */
export const outlets = {
  Printed: ['text/terminal.ts', 'text/json.ts', 'text/annotation.ts'],
  Markdown: ['text/markdown.ts'],
  Xml: ['text/xml.ts'],
  Html: ['report/html/page.ts'],
  RunnerOutputs: ['text/runner-outputs.ts'],
};

/** All of these is pure: a new file in them says so in its first comment. Recipes are data and need not. */
export const pureFolders = ['elf', 'findings', 'pack/plan', 'prune', 'python', 'text'];
