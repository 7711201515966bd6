/** What pip or uv chose in the container, as lines that identify it: the part of the cache key that an index can change. Pure. */

interface Download {
  readonly url?: string;
  readonly archive_info?: { readonly hash?: string; readonly hashes?: Readonly<Record<string, string>> };
}

interface Report {
  readonly install?: readonly {
    readonly metadata?: { readonly name?: string; readonly version?: string };
    readonly download_info?: Download;
    /** Named by URL, so that a pin by version means nothing. */
    readonly is_direct?: boolean;
  }[];
}

export interface Lock {
  /** One sorted line for each distribution. They may hold an index's address: to be hashed, not to be stored. */
  readonly lines: readonly string[];
  /** `name==version` for what comes from an index: constraints, so that the install takes what was locked. */
  readonly pins: readonly string[];
}

/**
 * Read pip's installation report. https://pip.pypa.io/en/stable/reference/installation-report/
 * @throws SyntaxError when it is not JSON
 */
export function lockOfReport(text: string): Lock {
  const report = JSON.parse(text) as Report;
  const rows = (report.install ?? []).map((one) => ({
    pin: `${one.metadata?.name ?? ''}==${one.metadata?.version ?? ''}`,
    from: identityOf(one.download_info),
    direct: one.is_direct === true,
  }));
  return {
    lines: rows.map((row) => `${row.pin} ${row.from}`).sort(),
    pins: rows.filter((row) => !row.direct).map((row) => row.pin).sort(), // prettier-ignore
  };
}

/** A file's hash where the index gives one; its address otherwise. Local projects are in the inputs' own digest. */
function identityOf(download: Download | undefined): string {
  const archive = download?.archive_info;
  const hashes = Object.entries(archive?.hashes ?? {}).map(([name, value]) => `${name}=${value}`);
  const hash = hashes.sort().join(',') || archive?.hash;
  if (hash !== undefined && hash !== '') return hash;
  const url = download?.url ?? '';
  return url.startsWith('file:') ? '' : url;
}

/** Read what `uv pip compile` wrote: pinned lines without comments. */
export function lockOfCompiled(text: string): Lock {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('-'));
  const pins = lines.filter((line) => /^[\w.-]+(?:\[[^\]]*\])?==/.test(line));
  return {
    lines: lines.filter((line) => !/@ file:/.test(line)).sort(),
    pins: pins.map((line) => line.replace(/\[[^\]]*\]/, '').replace(/\s*\\$/, '')).sort(),
  };
}

/**
 * True when requirement texts alone say which files are meant: every requirement names hashes. Then nothing that an
 * index answers today can change the tree.
 */
export function isLocked(texts: readonly string[]): boolean {
  const requirements = texts
    .flatMap((text) => text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('-'));
  return requirements.length > 0 && requirements.every((line) => /--hash[= ]/.test(line));
}
