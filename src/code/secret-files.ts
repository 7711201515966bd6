/** Files that hold somebody's secrets, and that no function is meant to carry. */
import { open } from 'node:fs/promises';
import picomatch from 'picomatch';

/** By their names, wherever they lie. Examples and templates of them are meant to be shared. */
const byName = picomatch(
  [
    '**/.env',
    '**/.env.*',
    '**/.envrc',
    '**/.aws/**',
    '**/.ssh/**',
    '**/.gnupg/**',
    '**/.docker/config.json',
    '**/.kube/config',
    '**/.netrc',
    '**/_netrc',
    '**/.pypirc',
    '**/.npmrc',
    '**/.git-credentials',
    '**/.pgpass',
    '**/id_{rsa,dsa,ecdsa,ed25519}',
    '**/*.{p12,pfx,jks,keystore,kdbx}',
  ],
  { dot: true },
);
const shared = /\.(?:example|sample|template|dist)$/;
/** Certificates have the same endings as keys: what is in them tells. */
const perhaps = /\.(?:pem|key|crt|cer|txt|json)$/;
const privateKey = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|"private_key"\s*:\s*"-----BEGIN/;
const headBytes = 64 * 1024;

/**
 * @param name relative path with forward slashes; `file`: where it lies
 * @returns true for credentials and private keys
 * @throws the file system's error when it cannot be read
 */
export async function isSecret(name: string, file: string): Promise<boolean> {
  if (shared.test(name)) return false;
  if (byName(name)) return true;
  if (!perhaps.test(name)) return false;
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return privateKey.test(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await handle.close();
  }
}
