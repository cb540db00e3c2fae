/**
 * Our client and the official Python SDK side by side against one stub server, in turn, every run a fresh process.
 *
 *   pnpm exec tsc -b packages/tinker && node benchmarks/sdk/run.mjs --python VENV/bin/python [--runs 5] [--calls 50] [--only ...]
 */
import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const path = relative => fileURLToPath(new URL(relative, import.meta.url));
const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    runs: { type: 'string', default: '5' },
    calls: { type: 'string', default: '50' },
    only: { type: 'string', default: 'import,memory,fwdbwd,samples_512,samples_2000' },
    config: { type: 'string', default: '{}' },
  },
});
const run = promisify(execFile);
const node = process.execPath;

const stub = spawn(
  node,
  [path('../../tools/peers/stub/stub.mjs'), '--port', '0', '--config', values.config],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
const [ready] = await once(createInterface({ input: stub.stdout }), 'line');
const url = ready.split(' ')[1];

const peers = { ours: [node, [path('bench.mjs')]] };
if (values.python)
  peers.python = [values.python, ['-W', 'ignore', path('../../tools/peers/python-sdk/bench.py')]];
const env = { ...process.env, TINKER_API_KEY: 'tml-bench', TINKER_TELEMETRY: '0' };

const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const show = range =>
  (range
    ? `${range.mid.toPrecision(3)} (${range.low.toPrecision(3)}-${range.high.toPrecision(3)})`
    : '-'
  ).padEnd(28);

try {
  for (const measure of values.only.split(',')) {
    const rows = Object.fromEntries(Object.keys(peers).map(name => [name, []]));
    for (let round = 0; round < Number(values.runs); round++)
      for (const [name, [command, args]] of Object.entries(peers)) {
        const { stdout } = await run(command, [...args, url, '--one', measure, '--calls', values.calls], {
          env,
          timeout: 600_000,
        });
        const row = JSON.parse(stdout.trim().split('\n').at(-1));
        rows[name].push({ ...row, ...derived(row) });
      }
    console.log(measure);
    const keys = [...new Set(Object.values(rows).flatMap(list => Object.keys(list[0])))];
    for (const key of keys) {
      const [ours, python] = [rows.ours, rows.python].map(list => {
        const numbers = (list ?? []).map(row => row[key]).filter(number => number !== undefined);
        return numbers.length > 0
          ? { low: Math.min(...numbers), mid: median(numbers), high: Math.max(...numbers) }
          : undefined;
      });
      const ratio =
        ours && python && python.mid > 0 ? `ours / Python ${(ours.mid / python.mid).toFixed(3)}` : '';
      console.log(`  ${key.padEnd(24)} ours ${show(ours)} Python ${show(python)} ${ratio}`);
    }
  }
} finally {
  stub.kill();
}

/** What the limits are about: the building of the data counted, memory over the bare runtime. */
function derived(row) {
  return {
    ...(row.build_cpu_s !== undefined && { cpu_with_build_s: row.cpu_s + row.build_cpu_s }),
    ...(row.rss_before_mb !== undefined && {
      over_bare_mb: (row.one_client_mb ?? row.rss_mb) - row.rss_before_mb,
    }),
  };
}
