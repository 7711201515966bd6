/** An index behind a login and a certificate of our own, read by a tool and by us. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../../src/model.js';
import { findProgram } from '../../src/resolve/tools.js';
import { distributions, environment, failure, project, resolved, wheels } from './helper.js';
import { makeCertificates, startIndex, type Certificates, type Started } from './web-servers.js';

const password = 'correct-horse-11';

export function throughToTheIndex(resolver: 'uv' | 'pip'): void {
  let certificates: Certificates;
  let index: Started;
  beforeAll(async () => {
    certificates = await makeCertificates();
    index = await startIndex(wheels, { login: `me:${password}`, certificates });
  });
  afterAll(() => index.stop());

  const home = async (
    files: Readonly<Record<string, string>>,
    more: Environment = {},
  ): Promise<Environment> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slim-home-'));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text, { mode: 0o755 });
    }
    const { ca } = certificates;
    const told = { PIP_CERT: ca, SSL_CERT_FILE: ca, PIP_CONFIG_FILE: '/dev/null', UV_NO_CONFIG: '1' };
    return { PATH: environment['PATH'] ?? '', ...told, ...more, HOME: folder };
  };
  const asking = (line: string): Promise<string> =>
    project({ 'requirements.txt': `--index-url https://${index.host}/simple/\n${line}\n` });

  test('the login of .netrc serves both', async () => {
    const variables = await home({ '.netrc': `machine 127.0.0.1 login me password ${password}\n` });
    const tree = await resolved(await asking('slim-plain'), { resolver }, { environment: variables });
    expect(await distributions(tree.root)).toEqual(['slim_plain-2.0']);
    // Only who reads the index itself can say this.
    expect(await failure(await asking('slim-mac'), { resolver }, { environment: variables })).toMatchObject({
      code: 'no-wheel',
      message: expect.stringContaining('has wheels for macOS only'),
    });
  });

  test('who has none is told so', async () => {
    const error = await failure(await asking('slim-plain'), { resolver }, { environment: await home({}) });
    expect(error).toMatchObject({
      code: 'index-unreachable',
      message: `The package index refuses the login (${index.host}).`,
    });
  });

  if (resolver === 'pip')
    test('pip asks the keyring that it would ask without us', async () => {
      const keyring = `class Found:\n    username, password = "me", "${password}"\nget_credential = lambda *_: Found\n`;
      const python = (await findProgram('python3', environment)) ?? '';
      const own = await home({ 'modules/keyring.py': keyring });
      const folder = own['HOME'] ?? '';
      await mkdir(path.join(folder, 'bin'));
      const script = `#!/bin/sh\nPYTHONPATH=${folder}/modules exec ${python} "$@"\n`;
      await writeFile(path.join(folder, 'bin/python3'), script, { mode: 0o755 });
      const variables = { ...own, PATH: `${folder}/bin:${environment['PATH'] ?? ''}` };
      const requirements = await asking('slim-plain==1.0');
      const tree = await resolved(requirements, { resolver }, { environment: variables });
      expect(await distributions(tree.root)).toEqual(['slim_plain-1.0']);
      const silent = { ...variables, PIP_NO_INPUT: '1' };
      expect(await failure(requirements, { resolver, refresh: true }, { environment: silent })).toMatchObject(
        {
          code: 'index-unreachable',
        },
      );
    });
}
