import { expect, test } from '@jest/globals';
import { looksBehindLinks } from '../../../src/pack/nest/behind-links.js';

test.each([
  ['OpenCV', 'LOADER_DIR = os.path.dirname(os.path.abspath(os.path.realpath(__file__)))', true],
  ['pathlib', 'root = Path(__file__).resolve().parent', true],
  ['a folder up, joined', "os.path.join(os.path.dirname(__file__), '..', 'lib')", true],
  ['a folder up, as one text', 'open(os.path.dirname(__file__) + "/../data")', true],
  ['the usual way', 'os.path.join(os.path.dirname(__file__), "data")', false],
  ['the usual way, made absolute', 'Path(__file__).absolute().with_name("data")', false],
  ['another path', 'os.path.realpath(given)', false],
])('%s', (_what, source, expected) => {
  expect(looksBehindLinks(source)).toBe(expected);
});
