/** The two options of a function's own code; each command that has them says in its help what it does with them. Pure. */
import type { OptionRow } from './row.js';

export const codeOption = {
  name: 'code',
  key: 'code',
  type: 'text',
  value: 'FOLDER',
  path: true,
  help: "the folder of the function's own code, to pack and to look for imports",
} as const satisfies OptionRow;

export const handlerOption = {
  name: 'handler',
  key: 'handler',
  type: 'text',
  value: 'MODULE.FUNCTION',
  formerly: ['verifyHandler', 'initHandler'],
  pattern: { regex: /^[^\s.][^\s]*\.[^\s./]+$/, example: 'app.handler' },
  formerValue: 'the folder of your code: its key is called "code" now',
  hint: 'It is the file without .py, a dot and the function. The folder of your code is --code.',
  help: "the function's handler, as Lambda's setting has it: for the commands that come after",
} as const satisfies OptionRow;
