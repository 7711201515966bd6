import { access, constants, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import typescript, { type Node } from 'typescript';
import { SlimError } from '../src/errors.js';
import { errorText } from '../src/report/failure.js';
import { run } from './program.js';
import { cli, program } from './cli/helper.js';

test.each(['14.21.3', '18.20.0', '22.14.0'])('Node %s gets an error of ours and 2', async (version) => {
  const preload = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  const { code, stdout, stderr } = await cli(['--version'], { nodeOptions: ['--import', preload] });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const message = `lambda-slim needs Node 22.15 or newer; this is ${version}.`;
  expect(stderr).toMatch(new RegExp(`^✖ ${message}\\n  Install .*\\n  \\(old-node\\)\\n$`));
  for (const [args, env] of [
    [['build', '--json'], {}],
    [['build'], { LAMBDA_SLIM_JSON: '1' }],
  ] as const) {
    const asJson = await cli(args, { nodeOptions: ['--import', preload], env });
    expect([asJson.code, asJson.stderr]).toEqual([2, '']);
    const hint = stderr.split('\n')[1]?.trim();
    expect(JSON.parse(asJson.stdout)).toEqual({ error: { code: 'old-node', message, hint, details: [] } });
  }
  // What the program itself would print of such an error.
  const failure = new SlimError('old-node', message, { hint: stderr.split('\n')[1]?.trim() ?? '' });
  expect(stderr).toBe(errorText(failure, Infinity));
});

test('the entry file has no syntax that Node 12 cannot read', async () => {
  const { SyntaxKind, createSourceFile, forEachChild, ScriptTarget } = typescript;
  const text = await readFile(program, 'utf8');
  const late: string[] = [];
  const visit = (node: Node): void => {
    if (
      node.kind === SyntaxKind.QuestionQuestionToken ||
      node.kind === SyntaxKind.QuestionDotToken ||
      node.kind === SyntaxKind.AwaitExpression ||
      node.kind === SyntaxKind.ImportDeclaration
    )
      late.push(node.getText());
    forEachChild(node, visit);
  };
  visit(createSourceFile(program, text, ScriptTarget.Latest, true));
  expect(late).toEqual([]);
});

test.each(['22.15.0', '23.0.0', '24.1.0'])('Node %s is new enough', async (version) => {
  const preload = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  const { code } = await cli(['--version'], { nodeOptions: ['--import', preload] });
  expect(code).toBe(0);
});

/** Programs called `node` on PATH that are older than ours needs, where there are any. */
async function oldNodes(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const node = path.join(folder, 'node');
    if (
      folder === '' ||
      !(await access(node, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      continue;
    const { stdout } = await run(node, ['-p', 'parseInt(process.versions.node, 10)']);
    if (Number(stdout) < 22) found.push(node);
  }
  return found;
}

const old = await oldNodes();
(old.length > 0 ? test : test.skip)('a real old Node gets that sentence, too', async () => {
  const { exitCode, stdout, stderr } = await run(old[0] ?? '', [program, 'build']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^✖ lambda-slim needs Node 22\.15 or newer/);
});
