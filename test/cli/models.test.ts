/** `lambda-slim models`: what is wrong is told before anything is asked of AWS. */
import { describe, expect, test } from '@jest/globals';
import { cli, folder } from './helper.js';

const config = `
[models.classifier]
url = "s3://models-\${STAGE}/team/classifier/"
[models.plain]
url = "s3://models/plain.onnx"
`;

/** Nothing listens there: who asks is told so, and was not stopped before. */
const nobody = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

describe('models', () => {
  test.each<[string, readonly string[], string, string]>([
    ['no action', ['pus'], 'models does not know "pus" (did you mean push?)', 'It knows: push, promote'],
    ['nothing to push', ['push'], 'takes more than nothing', 'push FILE… --name NAME'],
    ['a push without a name', ['push', 'a.bin'], 'A model needs a name', '--name classifier'],
    [
      'too few aliases',
      ['promote', 'm', 'dev'],
      'takes more than "m dev"',
      'promote NAME FROM-ALIAS TO-ALIAS',
    ],
    ['too many words', ['gc', 'm'], 'takes less than "m"', 'lambda-slim models gc'],
    ['a name with a slash', ['show', 'a/b'], '"a/b" is no name for a model', 'letters, digits'],
    ['the folder of files', ['show', 'sha256'], '"sha256" is no name for a model', 'letters, digits'],
    [
      'an alias that leaves',
      ['promote', 'm', 'dev', '../x'],
      '"../x" is no name for an alias',
      'letters, digits',
    ],
    [
      'no store',
      ['show', 'other'],
      'Nobody has said where the model other lies',
      '--store s3://BUCKET/PREFIX',
    ],
    ['a variable', ['show', 'classifier'], 'asks for ${STAGE}, which is not set', 'STAGE=dev'],
    ['one object', ['show', 'plain'], 'is one object and no store', 's3://my-models/classifier/'],
    ['no bucket', ['list', '--store', 's3://'], 'is not an address in S3', 's3://BUCKET/PREFIX'],
    ['a format', ['push', 'a', '--name', 'm', '--format', 'onx'], 'onx', 'onnx'],
    ['no number', ['gc', '--keep', '-1', '--store', 's3://models'], '-1', ''],
  ])('%s', async (_, words, message, hint) => {
    const cwd = await folder({ 'lambda-slim.toml': config });
    const { code, stderr } = await cli(['models', ...words], { cwd, env: nobody });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(stderr).toMatch(/\((?:bad-option|bad-usage)\)/);
  });

  test('the store comes from the config file, with the variables of the function', async () => {
    const cwd = await folder({ 'lambda-slim.toml': config });
    const { code, stdout } = await cli(['models', 'show', 'classifier', '--json'], {
      cwd,
      env: { ...nobody, STAGE: 'dev' },
    });
    expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: 'aws-unreachable' } }]);
    expect(stdout).toContain('s3://models-dev');
  });
});
