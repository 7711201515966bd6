/** What a build for a newer glibc than Lambda's own runtime has needs to run. Pure. */
import { finding, renderFinding, type Finding } from '../findings/findings.js';
import { runtimeGlibc } from '../limits.js';
import type { Target } from '../model.js';

type Built = Pick<Target, 'python' | 'glibc'>;

/** Said by every command that reads such a build. */
export const customRuntime = ({ python, glibc }: Built): Finding =>
  finding('custom-runtime', { python, glibc, has: runtimeGlibc(python) });

/** The sentence and what to do. */
export function customRuntimeWords(target: Built): { readonly sentence: string; readonly hint: string } {
  const { sentence, hint } = renderFinding(customRuntime(target));
  return { sentence, hint: hint ?? '' };
}

/** Lines that deploy one, to be copied. */
export function customRuntimeLines(
  { python, glibc }: Built,
  build: string,
  names: readonly string[],
): readonly string[] {
  return [
    `a container image, whose system has glibc ${glibc} or newer and a Python ${python} with awslambdaric:`,
    '  FROM YOUR_IMAGE',
    '  # It needs unzip, which few base images have: RUN dnf install -y unzip, or apt-get.',
    `  COPY ${names.map((name) => `${build}/${name}`).join(' ')} /tmp/`,
    `  RUN ${names.map((name) => (name.startsWith('function') ? `unzip -q /tmp/${name} -d /var/task` : `unzip -q /tmp/${name} -d /opt`)).join(' && ')}`,
    '  ENV PYTHONPATH=/var/task:/opt/python',
    '  ENTRYPOINT ["python3", "-m", "awslambdaric"]',
    ...(ofSystem(glibc)
      ? [
          `or Runtime: provided.al2023 (glibc 2.34), with a Python ${python} of yours as "bootstrap" in a layer, and these zips`,
        ]
      : []),
  ];
}

/** Amazon Linux 2023 has 2.34. */
const ofSystem = (glibc: string): boolean => Number(glibc.split('.')[1]) <= 34;
