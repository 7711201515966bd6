import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { filesOf } from '../../../src/resolve/host/simple-index.js';
import { htmlFiles, jsonFiles } from '../../../src/resolve/host/simple-page.js';
import { webOf } from '../../../src/resolve/web.js';
import { Secrets } from '../../../src/text/secrets.js';

const wheel = 'demo-1.0-py3-none-any.whl';
const web = webOf({ environment: {}, secrets: new Secrets() });

describe('a page of HTML', () => {
  test.each([
    [
      'as PyPI writes it',
      `<a href="https://x/${wheel}#sha256=ab" data-requires-python="&gt;=3.9">x</a>`,
      '>=3.9',
    ],
    ['without quotes', `<a href=/x/${wheel} data-requires-python=&gt;3.8>x</a>`, '>3.8'],
    ['in capitals', `<A HREF='../${wheel}'>x</A>`, null],
    [
      'with `>` in an attribute',
      `<a title="a > b" href="${wheel}" data-requires-python=">=3.9, <4">x</a>`,
      '>=3.9, <4',
    ],
    ['with numbers for characters', `<a href="${wheel}" data-requires-python="&#62;=3.9">x</a>`, '>=3.9'],
    ['inside other elements', `<table><tr><td><p><a href="${wheel}">x</a></table>`, null],
    ['with escapes in the address', `<a href="x/demo%2D1.0-py3-none-any.whl?v=1">x</a>`, null],
  ])('%s', (_name, html, requiresPython) => {
    expect(htmlFiles(html)).toMatchObject([
      {
        file: wheel,
        version: '1.0',
        wheel: true,
        requiresPython,
        hash: html.includes('sha256=ab') ? 'sha256:ab' : null,
      },
    ]);
  });

  test.each([
    ['a comment', `<!-- <a href="${wheel}">x</a> -->`],
    ['a script', `<script>'<a href="${wheel}">'</script>`],
    [
      'what was withdrawn',
      `<a data-yanked href="${wheel}">x</a><a data-yanked="broken" href="${wheel}">x</a>`,
    ],
    ['other files', '<a href="readme.html">x</a><a name="top">x</a>'],
  ])('%s names no file', (_name, html) => {
    expect(htmlFiles(html)).toEqual([]);
  });
});

test('a page of JSON, without what was withdrawn', () => {
  const files = [
    {
      ...{ filename: wheel, 'requires-python': '>=3.9', yanked: false },
      ...{ url: '../files/x', hashes: { sha256: 'ab' } },
    },
    { filename: 'demo-0.9.tar.gz', 'requires-python': null },
    { filename: 'demo-0.8-py3-none-any.whl', yanked: 'broken' },
    { filename: 'demo-1.0.exe' },
  ];
  expect(jsonFiles(JSON.stringify({ files }))).toEqual([
    {
      ...{ file: wheel, version: '1.0', wheel: true, requiresPython: '>=3.9' },
      ...{ hash: 'sha256:ab', url: '../files/x' },
    },
    {
      ...{ file: 'demo-0.9.tar.gz', version: '0.9', wheel: false, requiresPython: null },
      ...{ hash: null, url: null },
    },
  ]);
});

test('the address of a file, whole and with the login of its own host only', async () => {
  const digest = 'ab'.repeat(32);
  const page = `<a href="../../files/demo-1.0.tar.gz#sha256=${digest}">x</a><a href="http://127.0.0.2/${wheel}">x</a>`;
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end(page),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { files } = await filesOf('demo', { indexes: [`http://me:secret@${host}/simple`], links: [] }, web);
  server.close();
  expect(files.map(({ url, hash }) => [url, hash])).toEqual([
    [`http://me:secret@${host}/files/demo-1.0.tar.gz#sha256=${digest}`, `sha256:${digest}`],
    [`http://127.0.0.2/${wheel}`, null],
  ]);
});

describe('an index', () => {
  let stop = (): void => {};
  afterEach(() => stop());

  async function serve(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stop = () => server.close();
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
  }

  const html = `<!doctype html><a href="${wheel}">x</a>`;
  const json = JSON.stringify({ files: [{ filename: wheel }] });

  test.each<[string, (accept: string, response: ServerResponse) => void]>([
    [
      'that speaks JSON is asked for it first',
      (accept, response) => {
        const first = accept.split(/[,;]/)[0];
        response.setHeader('content-type', first ?? '');
        response.end(first === 'application/vnd.pypi.simple.v1+json' ? json : 'no');
      },
    ],
    [
      'that knows HTML only',
      (_accept, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end(html),
    ],
    [
      'that refuses a choice is asked again',
      (accept, response) =>
        accept === 'text/html' ? response.end(html) : response.writeHead(406).end('not acceptable'),
    ],
  ])('%s', async (_name, answer) => {
    const index = await serve((request, response) => answer(request.headers.accept ?? '', response));
    const { files, reached, silent } = await filesOf('Demo', { indexes: [index], links: [] }, web);
    expect([files.map(({ file }) => file), reached, silent]).toEqual([[wheel], true, []]);
  });

  test('that fails is named', async () => {
    const index = await serve((_request, response) => response.writeHead(500).end());
    expect(await filesOf('demo', { indexes: [index], links: [] }, web)).toEqual({
      files: [],
      reached: false,
      silent: [`${index}demo/`],
      refused: [],
    });
  });
});
