import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cli, folder, hostPython, listing, smallTree } from './helper.js';

describe('init', () => {
  test('without a build: the example, and the build that it needs', async () => {
    const cwd = await folder({ 'app.py': '' });
    const { code, stdout, stderr } = await cli(['init', 'sam', '--python', '3.12', '--arch', 'arm64'], {
      cwd,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('  template.yaml\n  slim_example/app.py\n');
    expect(stdout).toContain('lambda-slim build --python 3.12 --arch arm64');
    expect(await readFile(path.join(cwd, 'template.yaml'), 'utf8')).toContain('Runtime: python3.12');
  });

  test('beside a build: its Python and its folder, from the config file', async () => {
    const cwd = await folder({ 'lambda-slim.json': '{"out": "made"}' });
    await cli(['build', '--from', await smallTree(), '--python', hostPython], { cwd });
    const { stdout } = await cli(['init', 'serverless', '--json'], { cwd });
    expect(JSON.parse(stdout)).toEqual({
      written: ['serverless.yml', 'slim_example/app.py'],
      next: ['npx serverless deploy'],
    });
    expect(await readFile(path.join(cwd, 'serverless.yml'), 'utf8')).toContain('artifact: made/layer.zip');
  });

  test('code that is not built yet goes into the command; that of the build brings its handler', async () => {
    const cwd = await folder({
      'my code/app.py': 'def handler(event, context):\n    return 1\n',
      'lambda-slim.json': '{"code": "my code"}',
    });
    const first = await cli(['init', 'sam', '--handler', 'app.handler', '--json'], { cwd });
    expect(first.stdout).toContain("--code 'my code' --handler app.handler --format function");
    const build = ['build', '--from', await smallTree(), '--python', hostPython, '--handler', 'app.handler'];
    await cli(build, { cwd });
    const { code, stderr } = await cli(['init', 'terraform'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const settings = await readFile(path.join(cwd, 'lambda_slim.auto.tfvars.json'), 'utf8');
    expect(JSON.parse(settings)).toEqual({
      lambda_slim: { build: '.lambda-slim', handler: 'app.handler' },
    });
  });

  test('after a build with another /tmp: the build names the file, --update writes it again', async () => {
    const cwd = await folder({});
    const build = ['build', '--from', await smallTree(), '--python', hostPython, '--no-proof'];
    await cli(build, { cwd });
    await cli(['init', 'sam'], { cwd });
    const command = 'lambda-slim init sam --update';
    expect((await cli(build, { cwd })).stdout).not.toContain(command);
    const built = await cli([...build, '--ephemeral-storage', '1024'], { cwd });
    expect(built.stdout).toContain(`  ${command}  # template.yaml is for an earlier build\n`);
    const first = await cli(['init', 'sam', '--update'], { cwd });
    expect({ ...first }).toMatchObject({ code: 0, stdout: 'renewed\n  template.yaml\n', stderr: '' });
    const file = path.join(cwd, 'template.yaml');
    const text = await readFile(file, 'utf8');
    expect(text).toContain('Size: 1024');
    const second = await cli(['init', 'sam', '--update', '--json'], { cwd });
    expect(JSON.parse(second.stdout)).toEqual({ renewed: [], unchanged: ['template.yaml'] });
    await writeFile(file, text.replace('Size: 1024', 'Size: 600'));
    const refused = await cli(['init', 'sam', '--update'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/template\.yaml was changed since init wrote it[\s\S]*Size: 1024/);
    expect(await readFile(file, 'utf8')).toContain('Size: 600');
  });

  test.each([
    ['an unknown kind', ['init', 'pulumi'], 'init does not know "pulumi".'],
    ['an update without a build', ['init', 'sam', '--update'], 'lambda-slim build'],
    ['a handler that is none', ['init', 'sam', '--handler', 'app'], '--handler'],
    ['a file in the way', ['init', 'terraform'], 'lambda_slim.tf is there already; nothing was written.'],
  ])('%s is refused, and nothing is written', async (_name, args, message) => {
    const cwd = await folder({ 'lambda_slim.tf': '# mine' });
    const { code, stderr } = await cli(args, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(await listing(cwd)).toEqual(['lambda_slim.tf']);
  });
});
