// Writes what is made from the tables of the program: docs/reference/ and the JSON schema of the config file.
// `npm run generate`; a test fails while they are out of date.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commands } from '../../dist/commands/table.js';
import { referencePages } from '../../dist/reference/pages.js';
import { configSchema } from '../../dist/reference/schema.js';

writeFileSync('templates/lambda-slim.schema.json', `${JSON.stringify(configSchema(), null, 2)}\n`);

const folder = 'docs/reference';
const pages = referencePages(commands);
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (!(name in pages)) rmSync(path.join(folder, name));
for (const [name, text] of Object.entries(pages)) writeFileSync(path.join(folder, name), text);
