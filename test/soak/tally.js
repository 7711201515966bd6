// What went wrong, and what the closing lines say.

let failed = 0;
const lines = [];
export const totals = { kills: 0, half: 0, runs: 0, notRun: 0 };

/** A thing that must not be. The first ones are shown. */
export function fail(section, what) {
  failed++;
  if (failed <= 40) console.log(`  FAILED ${section}: ${what.slice(0, 1500)}`);
}

export const failures = () => failed;

/** A closing line. */
export function told(line) {
  lines.push(line);
  console.log(line);
}

/** What was not run: green has evidence. */
export function notRun(section, why) {
  totals.notRun++;
  told(`${section}: not run, ${why}`);
}

/** `3 SIGINT, 5 SIGKILL`. */
export const listed = (counts) =>
  Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');

export function count(counts, name) {
  counts[name] = (counts[name] ?? 0) + 1;
}
