/**
 * The embedded engine beside PyTorch and llama.cpp on SmolLM2-135M's weights, in turn on one machine. Prints one table, and writes
 * the same figures and every round as JSON. See README.md for how to set the peers up.
 *
 *   npm run fetch:smollm2
 *   TINSMITH_PEER_PYTORCH=DIR TINSMITH_PEER_LLAMACPP=DIR node benchmarks/engine/run.mjs [--only "prefill 256"] [--programs ours]
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { alternate, countedCycles, spread } from './alternate.mjs';
import { repository, smollm2, sourceFlags, workloads } from './programs.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    programs: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    budget: { type: 'string', default: '400' },
    foreign: { type: 'string', default: '0.08' },
    patience: { type: 'string', default: '20' },
    threads: { type: 'string', default: '2' },
    compiled: { type: 'boolean', default: false },
    json: { type: 'string', default: join(repository, 'benchmarks', 'out', 'engine.json') },
  },
});
if (!existsSync(smollm2)) {
  process.stderr.write('error the weights are not there\n  try    npm run fetch:smollm2\n');
  process.exit(2);
}
const threads = Number(values.threads);
const rounds = Number(values.rounds);
const options = {
  rounds,
  budget: Number(values.budget),
  foreign: Number(values.foreign),
  patience: Number(values.patience),
};

const machine = {
  cpu: cpus()[0].model.trim(),
  cores: cpus().length,
  threads,
  node: process.version,
  load: loadavg(),
};
const peak = await measurePeak();
console.log(
  `${machine.cpu}, ${threads} threads of ${machine.cores} cores; fp32 matrix product ${peak.toFixed(0)} GFLOP/s; load ${machine.load[0].toFixed(1)}\n`,
);

const report = [];
for (const [name, work] of Object.entries(workloads(threads, values))) {
  if (values.only && !values.only.includes(name)) continue;
  report.push(await compare(name, work));
}
mkdirSync(dirname(values.json), { recursive: true });
writeFileSync(
  values.json,
  `${JSON.stringify({ machine, peakGflops: peak, options, report }, undefined, 2)}\n`,
);
console.log(`\n${values.json}`);

async function compare(name, { flops, programs, held }) {
  const chosen = Object.entries(programs).filter(([program]) => values.programs?.includes(program) ?? true);
  const absent = chosen.filter(([, { absent: reason }]) => reason);
  const present = chosen
    .filter(([, { absent: reason }]) => !reason)
    .map(([program, spec]) => ({ name: program, ...spec }));
  const { names, cycles } = await alternate(present, options);
  if (cycles.length === 0) return { name, cycles };
  const { counted, isQuiet } = countedCycles(cycles, rounds);
  const failed = present.filter(program => !names.includes(program.name)).map(program => program.name);

  console.log(`## ${name}\n`);
  console.log(
    `${counted.length} of ${cycles.length} cycles counted${isQuiet ? `, those in which others used at most ${options.foreign * 100} % of the machine` : ': NOT ENOUGH QUIET ONES, all are in the figures'}; load ${loadavg()[0].toFixed(1)}\n`,
  );
  console.log('| program | tok/s | GFLOP/s | of peak | peak RSS |\n| --- | --- | --- | --- | --- |');
  const rows = names.map(program => {
    const results = counted.map(cycle => cycle.rounds[program]);
    const speed = spread(results.map(result => result.tok_per_s));
    const gflops = (speed.median * flops) / 1e9;
    const rss = Math.max(...results.map(result => result.peak_rss_mb));
    console.log(
      `| ${program} | ${range(speed, 0)} | ${gflops.toFixed(0)} | ${((100 * gflops) / peak).toFixed(0)} % | ${(rss / 1000).toFixed(2)} GB |`,
    );
    return { program, tokPerSecond: speed, gflops, shareOfPeak: gflops / peak, peakRssMb: rss };
  });
  for (const [program, { absent: reason }] of absent)
    console.log(`| ${program} | not run: ${reason} | | | |`);
  for (const program of failed) console.log(`| ${program} | not run: it did not start | | | |`);

  console.log('\n| ratio | wall | per CPU second | held to |\n| --- | --- | --- | --- |');
  const ratios = held.flatMap(rule => compareWith(rule, names, counted));
  for (const { title, wall, perCpu, limits } of ratios)
    console.log(`| ${title} | ${range(wall, 2)} | ${range(perCpu, 2)} | ${limits} |`);
  console.log();
  return { name, isQuiet, cycles, rows, ratios };
}

/** Ratios within a cycle: to the best of the peers where there are several, and to each. */
function compareWith({ of, to, least, goal }, names, cycles) {
  const peers = to.filter(name => names.includes(name));
  if (!names.includes(of) || peers.length === 0) return [];
  const ratio = (key, best) =>
    spread(cycles.map(({ rounds: all }) => all[of][key] / Math.max(...best.map(name => all[name][key]))));
  const row = (title, best, limits) => ({
    title,
    wall: ratio('tok_per_s', best),
    perCpu: ratio('tok_per_cpu_s', best),
    limits,
  });
  const limits = `${least}${goal ? `, goal ${goal}` : ''}`;
  if (peers.length === 1) return [row(`${of} / ${peers[0]}`, peers, limits)];
  return [
    ...peers.map(name => row(`${of} / ${name}`, [name], '')),
    row(`${of} / the best of them in each cycle`, peers, limits),
  ];
}

function range({ median, least, most }, digits) {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}-${most.toFixed(digits)})`;
}

/** The best of some rounds: others on the machine can only lower it. */
async function measurePeak() {
  const program = {
    name: 'peak',
    command: process.execPath,
    args: [...sourceFlags, join(import.meta.dirname, 'peak.mjs'), String(threads)],
  };
  const { cycles } = await alternate([program], { ...options, rounds: 5, most: 5, patience: 5 });
  return Math.max(...cycles.map(cycle => cycle.rounds.peak.gflops));
}
