/** A call of one of our functions, by the command line or by who imports them: its settings, and what is around it. Pure. */
import type { BuildContext } from '../build/build.js';
import type { Given } from '../options/command-line.js';

export interface Call extends Given, BuildContext {}
