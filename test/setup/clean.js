// Empties dist/, so that a file that moved away is not published from there.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
