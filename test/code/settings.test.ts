import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { handlersFor, setHandlers } from '../../src/code/settings.js';
import { codeFolder } from './helper.js';

const sam = (properties: string, globals = ''): string =>
  `${globals}Resources:\n  One:\n    Type: AWS::Serverless::Function\n    Properties:\n${properties}`;

describe('handlers that deployment files set', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'SAM',
      {
        'template.yaml': sam(
          '      Handler: app.handler\n      CodeUri: src/\n      Role: !GetAtt Role.Arn\n',
        ),
      },
      ['app.handler src/'],
    ],
    [
      'SAM with globals',
      { 'template.yml': sam('      CodeUri: src/\n', 'Globals:\n  Function:\n    Handler: app.handler\n') },
      ['app.handler src/'],
    ],
    [
      'CloudFormation as JSON',
      {
        'template.json': JSON.stringify({
          Resources: {
            A: { Type: 'AWS::Lambda::Function', Properties: { Handler: 'a.b', Code: { S3Bucket: 'x' } } },
          },
        }),
      },
      ['a.b '],
    ],
    [
      'another language',
      { 'template.yaml': sam('      Handler: index.handler\n      Runtime: nodejs22.x\n') },
      [],
    ],
    [
      'another resource',
      {
        'template.yaml':
          'Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      Handler: app.handler\n',
      },
      [],
    ],
    [
      'a handler that is a parameter',
      { 'template.yaml': sam('      Handler: !Ref Handler\n').replace('!Ref Handler', '{ Ref: Handler }') },
      [],
    ],
    [
      'Serverless',
      {
        'serverless.yml':
          'provider:\n  runtime: python3.13\nfunctions:\n  a:\n    handler: src/app.handler\n  b:\n    handler: x.y\n    runtime: nodejs22.x\n',
      },
      ['src/app.handler '],
    ],
    [
      'Serverless with a list',
      { 'serverless.yml': 'functions:\n  - a:\n      handler: a.b\n  - ${file(x.yml)}\n' },
      ['a.b '],
    ],
    [
      'CDK output',
      {
        'cdk.out/Stack.template.json': JSON.stringify({
          Resources: {
            A: {
              Type: 'AWS::Lambda::Function',
              Properties: { Handler: 'index.handler', Runtime: 'python3.13' },
            },
          },
        }),
      },
      ['index.handler '],
    ],
    [
      'Terraform',
      {
        'main.tf':
          'resource "aws_lambda_function" "x" {\n  handler       = "app.handler" # mine\n  runtime = "python3.13"\n}\n',
      },
      ['app.handler '],
    ],
    [
      'SAM with nested ones',
      {
        'template.yaml':
          'Resources:\n  A:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: more/app.yaml\n' +
          '  B:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./more/stack.yaml\n' +
          '  C:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: https://example.com/x.yaml\n',
        'more/app.yaml': sam('      Handler: app.handler\n      CodeUri: ../src/\n'),
        'more/stack.yaml': sam('      Handler: stack.handler\n'),
      },
      ['app.handler more/../src/', 'stack.handler '],
    ],
    [
      'SAM that nests itself',
      {
        'template.yaml':
          'Resources:\n  A:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: template.yaml\n',
      },
      [],
    ],
    [
      'Serverless with anchors that are merged',
      { 'serverless.yml': 'x: &base\n  handler: a.b\nfunctions:\n  f:\n    <<: *base\n    timeout: 3\n' },
      ['a.b '],
    ],
    [
      'Serverless with functions in another file',
      { 'serverless.yml': 'functions: ${file(./f.yml)}\n', 'f.yml': 'f:\n  handler: a.b\n' },
      ['a.b '],
    ],
    [
      'Serverless with parts of other files',
      {
        'serverless.yml':
          'functions:\n  - ${file(conf/f.yml):all.mine}\n  - g: ${file(g.json)}\n  - ${file(gone.yml)}\n  - ${file(../../x.js)}\n',
        'conf/f.yml': 'all:\n  mine:\n    f:\n      handler: a.b\n',
        'g.json': '{"handler": "c.d"}',
      },
      ['a.b ', 'c.d '],
    ],
    [
      'CDK output and Terraform in folders of their own',
      {
        'infra/cdk.out/Stack.template.json': JSON.stringify({
          Resources: { A: { Type: 'AWS::Lambda::Function', Properties: { Handler: 'index.handler' } } },
        }),
        'terraform/main.tf': 'module "x" {\n  handler = local.entry\n}\n',
        'terraform/locals.tf': 'locals {\n  name  = "x"\n  entry = "app.handler"\n}\n',
        'other/main.tf': 'module "x" {\n  handler = "other.handler"\n}\n',
      },
      ['index.handler ', 'app.handler '],
    ],
    [
      'Terraform with the default of a variable',
      {
        'main.tf': 'resource "aws_lambda_function" "x" {\n  handler = var.entry // mine\n}\n',
        'variables.tf':
          'variable "other" {\n  default = "no.no"\n}\nvariable "entry" {\n  type    = string\n  default = "app.handler"\n}\n',
      },
      ['app.handler '],
    ],
    [
      'Terraform with a variable',
      { 'main.tf': 'resource "aws_lambda_function" "x" {\n  handler = var.handler\n}\n' },
      [],
    ],
    [
      'Terraform as JSON',
      {
        'main.tf.json': JSON.stringify({
          resource: { aws_lambda_function: { x: { handler: 'app.handler' } } },
        }),
      },
      ['app.handler '],
    ],
    [
      'a Dockerfile',
      { Dockerfile: 'FROM public.ecr.aws/lambda/python:3.13\nCMD ["old.handler"]\nCMD [ "app.handler" ]\n' },
      ['app.handler '],
    ],
    [
      'a Dockerfile of a server',
      { Dockerfile: 'FROM x\nCMD ["uvicorn", "main.app"]\nCMD python app.py\n' },
      [],
    ],
    ['what is no YAML', { 'template.yaml': 'a: [', 'serverless.yml': '\t- : :' }, []],
    ['a YAML that is no table', { 'template.yaml': '- 1\n', 'serverless.yml': 'functions: 3\n' }, []],
    ['nothing', { 'app.py': '' }, []],
  ])('%s', async (_name, files, expected) => {
    const found = await setHandlers(await codeFolder({ 'keep.txt': '', ...files }));
    expect(found.map(({ handler, code }) => `${handler} ${code ?? ''}`)).toEqual(expected);
  });

  test('a folder that is not there has none', async () => {
    expect(await setHandlers('/nowhere/at/all')).toEqual([]);
  });
});

describe('those of one folder of code', () => {
  const has = (file: string): boolean => ['app.py', 'pkg/fn/__init__.py'].includes(file);
  const at = (handler: string, code: string | null = null) => ({ handler, file: 'x', code });
  test.each([
    ['as the package names it', at('app.handler'), ['app.handler']],
    ['as the project names it', at('src/app.handler'), ['app.handler']],
    ['a package', at('pkg.fn.handler'), ['pkg.fn.handler']],
    ['with its folder', at('app.handler', './src/'), ['app.handler']],
    ['of another folder', at('app.handler', 'other'), []],
    ['of a file that is not there', at('nope.handler'), []],
  ])('%s', (_name, one, expected) => {
    expect(handlersFor([one], '/p', path.join('/p', 'src'), has)).toEqual(expected);
  });
});
