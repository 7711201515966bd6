// Run a command and measure it: wall time and the peak memory of its largest process, as the kernel counted them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Python's resource module reads the kernel's own count; no other tool is on every machine. */
const wrapper = `
import json, resource, subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
seconds = time.monotonic() - began
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"seconds": seconds, "peak": peak, "code": done.returncode, "error": done.stderr.decode(errors="replace")[-3000:]}))
`;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, accept?: readonly number[]}} options exit codes to accept; default only 0
 * @returns {Promise<{seconds: number, peak: number}>} peak in bytes
 */
export async function measured(command, args, { cwd, env, accept = [0] } = {}) {
  const { stdout } = await exec('python3', ['-c', wrapper, command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    maxBuffer: 64 << 20,
  });
  const { seconds, peak, code, error } = JSON.parse(stdout);
  if (!accept.includes(code)) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${error}`);
  return { seconds, peak };
}

/** True when the interpreter can run the code with only the given folder on its path. */
export async function imports(python, folder, code) {
  const program = `import sys; sys.path.insert(0, ${JSON.stringify(folder)})\n${code}`;
  try {
    await exec(python, ['-I', '-S', '-B', '-c', program], { timeout: 300_000 });
    return { works: true, error: '' };
  } catch (error) {
    const lines = String(error.stderr ?? error)
      .trim()
      .split('\n');
    return { works: false, error: lines.at(-1) ?? '' };
  }
}
