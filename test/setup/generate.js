// Writes what is made from data: the JSON schema, and the tables between markers in README.md.
// `npm run generate`; a test fails while they are out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { generated } from '../../dist/reference/generated.js';

writeFileSync('templates/lambda-slim.schema.json', generated.schema());
writeFileSync('README.md', generated.readme(readFileSync('README.md', 'utf8')));
