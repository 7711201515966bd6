/** The Markdown documents of the project, for the tests that read them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const read = (file: string): string => readFileSync(file, 'utf8');

/** Every page below docs/. */
export const pages: readonly string[] = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => path.posix.join('docs', name.replaceAll('\\', '/')))
  .sort();

export const documents: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...pages,
];

/** Fenced code is not prose: a `#` there is a comment, and brackets are no links. */
export const prose = (text: string): string => text.replace(/^( *)```[\s\S]*?^\1```/gm, '');

/** What a link can name in a document: headings as GitHub makes anchors of them, and `<a id>`. */
export function anchors(text: string): readonly string[] {
  const seen = new Map<string, number>();
  const headings = [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) => {
    const slug = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  const named = [...prose(text).matchAll(/<a id="?([\w-]+)"?>/g)].map(([, id = '']) => id);
  return [...headings, ...named];
}

export interface Block {
  readonly document: string;
  /** Info string of the fence, e.g. `sh`. */
  readonly language: string;
  readonly text: string;
  /** The comment on the line before the fence, without its marks; empty when there is none. */
  readonly remark: string;
}

/** Every fenced block, also in lists. */
export function blocks(document: string): readonly Block[] {
  const found = read(document).matchAll(
    /(?:^ *<!-- (?<remark>.*?) -->\n\n?)?^(?<indent> *)```(?<language>\S+)\n(?<text>[\s\S]*?)^\k<indent>```/gm,
  );
  return [...found].map(({ groups = {} }) => ({
    document,
    language: groups['language'] ?? '',
    text: (groups['text'] ?? '').replaceAll(new RegExp(`^${groups['indent'] ?? ''}`, 'gm'), ''),
    remark: groups['remark'] ?? '',
  }));
}

export const allBlocks: readonly Block[] = documents.flatMap(blocks);
