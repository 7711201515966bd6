// Loaded into a Node process (--import): writes the peak memory of that process alone, in bytes, when it ends. The packages
// that a proof imports run in processes of their own and take what they take.
import { writeFileSync } from 'node:fs';

const file = process.env.BENCH_PEAK_FILE;
process.on('exit', () => {
  if (file) writeFileSync(file, String(process.resourceUsage().maxRSS * 1024));
});
