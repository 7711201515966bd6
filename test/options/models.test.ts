import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { buildOptions } from '../../src/options/build.js';
import { settle } from '../../src/options/config.js';
import { modelBytes, modelsIn, needsTmp, parseModels } from '../../src/options/models.js';
import { configSchema } from '../../src/reference/schema.js';

const validate = new Ajv2020({ strict: false }).compile(configSchema());
const url = 's3://models-${STAGE}/m/';

describe('a table of models', () => {
  test.each([
    [{ a: { url } }],
    [{ memory: '1 GB', tmp: 1000, a: { url: 'file:///a.onnx', refresh: '5 min', allow_pickle: true } }],
    [{ a: { url, format: 'gguf', options: { n_ctx: 2048 }, check: 'src/app.smoke', size: '160 MB' } }],
  ])('%j is taken as it is, and by the schema', (table) => {
    expect(parseModels(table)).toBe(table);
    expect(validate({ models: table })).toBe(true);
  });

  test.each([
    [{ a: {} }, 'with a url for the model "a"'],
    [{ a: { url: 'https://a/b' } }, 'that is like s3://my-models/NAME/'],
    [{ a: { url: 's3://bucket' } }, 'that is like s3://my-models/NAME/'],
    [{ a: { url, format: 'h5py' } }, 'one of safetensors'],
    [{ a: { url, refresh: '60' } }, 'like "60s"'],
    [{ a: { url, allow_pickle: 'yes' } }, 'true or false'],
    [{ a: { url, allowPickle: true } }, 'without "allowPickle" in the model "a", which can have url'],
    [{ a: { url, constructor: 1 } }, 'without "constructor"'],
    [{ a: { url, size: '-1' } }, 'a size such as'],
    [{ a: 's3://models/a' }, '"a" must be one with a url'],
    [{ 'a.b': { url } }, 'names of letters'],
    [{ memory: 'much' }, 'as "memory"'],
    ['perhaps', 'a table of models'],
    [['a'], 'a table of models'],
  ])('%j is refused', (raw, why) => {
    expect(parseModels(raw)).toContain(why);
  });
});

test('true takes the module along, and false does not', () => {
  expect([true, 'true', '1', false, '0'].map(parseModels)).toEqual([{}, {}, {}, false, false]);
});

test('a flag adds nothing to a config file that names models', () => {
  const models = { a: { url } };
  const config = { file: '/p/lambda-slim.toml', values: { models } };
  const none = { flags: {}, environment: {}, config: null, cwd: '/p' };
  const given = [
    { ...none, flags: { models: true } },
    { ...none, environment: { LAMBDA_SLIM_WITH_MODELS: '1' } },
    { ...none, config },
    { ...none, config, flags: { models: true } },
    { ...none, config, flags: { models: { b: { url } } } },
    { ...none, config, flags: { models: false } },
  ];
  expect(given.map((sources) => settle(buildOptions, sources).models)).toEqual([
    {},
    {},
    models,
    models,
    { b: { url } },
    false,
  ]);
});

test('variables of a function on this machine are none of ours', () => {
  const environment = {
    LAMBDA_SLIM_MODELS: 'models',
    LAMBDA_SLIM_MODEL_A: 's3://a/b',
    LAMBDA_SLIM_MODELS_TMP: '1',
  };
  expect(() => settle(buildOptions, { flags: {}, environment, config: null, cwd: '/p' })).not.toThrow();
  expect(() =>
    settle(buildOptions, { flags: {}, environment: { LAMBDA_SLIM_MODELL: '1' }, config: null, cwd: '/p' }),
  ).toThrow('unknown variable');
});

test('what a model takes, and where', () => {
  expect(modelsIn({ memory: 1, a: { url } }).map(([name]) => name)).toEqual(['a']);
  expect([{ url }, { url, size: 5 }, { url, size: '1 MiB' }].map(modelBytes)).toEqual([null, 5, 1_048_576]);
  const inTmp = [
    { url: 's3://a/b.keras' },
    { url: 's3://a/b.onnx' },
    { url, format: 'saved-model' },
    { url: 's3://a/b.h5', loader: 'app.load' },
  ];
  expect(inTmp.map(needsTmp)).toEqual([true, false, true, false]);
});
