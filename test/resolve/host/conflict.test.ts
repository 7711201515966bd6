import { describe, expect, test } from '@jest/globals';
import { chainsTo, conflictIn, needsIn } from '../../../src/resolve/host/conflict.js';
import type { AskedFor } from '../../../src/resolve/inputs/input-lines.js';

const asked = (name: string, specifier: string, line: number, constraint = false): AskedFor => ({
  name,
  specifier,
  text: `${name}${specifier}`,
  marker: '',
  constraint,
  origin: { file: constraint ? 'limits.txt' : 'requirements.txt', line },
});

/** As uv 0.13 and pip 23.2 print them. */
const uv = {
  chain: `error: No solution found when resolving dependencies
  cause: Because all versions of deep depend on common<2 and all versions of other depend on deep, we can conclude that all versions of other depend on common<2.
         And because you require other and common==2.0, we can conclude that your requirements are unsatisfiable.`,
  direct: `error: No solution found when resolving dependencies
  cause: Because you require common==1.0 and common==2.0, we can conclude that your requirements are unsatisfiable.`,
};
const pip = {
  chain: `ERROR: Cannot install common==2.0 and other because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested common==2.0
    deep 1.0 depends on common<2

ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/`,
  limit: `ERROR: Cannot install common==2.0 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested common==2.0
    The user requested (constraint) common<2

ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/`,
};

describe('who wants what', () => {
  test.each<[string, string, AskedFor[], string[]]>([
    [
      'uv, by way of another package',
      uv.chain,
      [asked('other', '', 1), asked('common', '==2.0', 2)],
      [
        'requirements.txt, line 2 asks for common==2.0',
        'requirements.txt, line 1 asks for other, which needs deep, which needs common<2',
      ],
    ],
    [
      'uv, two lines',
      uv.direct,
      [asked('common', '==1.0', 1), asked('common', '==2.0', 4)],
      ['requirements.txt, line 1 asks for common==1.0', 'requirements.txt, line 4 asks for common==2.0'],
    ],
    [
      'pip, which does not say how deep is reached',
      pip.chain,
      [asked('other', '', 1), asked('common', '==2.0', 2)],
      [
        'requirements.txt, line 2 asks for common==2.0',
        'requirements.txt, line 1 asks for other, which brings deep 1.0, which needs common<2',
      ],
    ],
    [
      'pip, a constraint',
      pip.limit,
      [asked('common', '==2.0', 1), asked('common', '<2', 1, true)],
      ['requirements.txt, line 1 asks for common==2.0', 'limits.txt, line 1 limits it to common<2'],
    ],
    [
      "pip, a constraint of pip's own settings",
      pip.limit,
      [asked('common', '==2.0', 1)],
      [
        'requirements.txt, line 1 asks for common==2.0',
        "pip's own settings (PIP_CONSTRAINT, pip.conf) limit it to common<2",
      ],
    ],
  ])('%s', (_name, text, lines, chains) => {
    const specifier = lines.some((one) => one.specifier === '==1.0') ? '==1.0,==2.0' : '<2,==2.0';
    const found = conflictIn(text, lines);
    expect(found).toMatchObject({ name: 'common', chains });
    expect(found?.specifier.split(',').sort().join()).toBe(specifier);
  });

  test('what is no conflict is none', () => {
    const gone =
      'Because no-such was not found in the package registry and you require no-such, we can conclude that your requirements are unsatisfiable.';
    expect(conflictIn(gone, [asked('no-such', '', 1), asked('common', '<2', 2)])).toBeNull();
    expect(
      conflictIn('error: something else', [asked('common', '<2', 1), asked('common', '>2', 2)]),
    ).toBeNull();
  });

  test.each([
    [
      'Because only app==1.0 is available and app==1.0 depends on common[x]>=2,<3, we',
      'app',
      '1.0',
      'common',
      '>=2,<3',
    ],
    ['    app 1.0 depends on common<2 and >=1.5', 'app', '1.0', 'common', '<2,>=1.5'],
    ['Because app==1.0 depends on common<2 and you require common>=2,', 'app', '1.0', 'common', '<2'],
    ['Because app[extra]==1.0 depends on common and', 'app', '1.0', 'common', ''],
    ['    my.app 1.0.post1 depends on Common_Name!=2', 'my-app', '1.0.post1', 'common-name', '!=2'],
    [
      'Could not find a version that satisfies the requirement pywin32>=2 (from app) (from versions: none)',
      'app',
      '',
      'pywin32',
      '>=2',
    ],
  ])('%s', (text, by, version, name, specifier) => {
    expect(needsIn(text)).toEqual([{ by, version, name, specifier }]);
  });

  test('a circle of needs ends', () => {
    const text = 'a 1 depends on b\n b 1 depends on a\n b 1 depends on common<2';
    expect(chainsTo('common', [], text)).toHaveLength(1);
  });
});
