/**
 * The embedded engine beside PyTorch and llama.cpp on SmolLM2-135M's weights, in turn on one machine. Prints one Markdown table, and
 * writes the same figures and every round as JSON. See README.md for how to set the peers up.
 *
 *   npm run fetch:smollm2
 *   TINSMITH_PEER_PYTORCH=DIR TINSMITH_PEER_LLAMACPP=DIR node benchmarks/engine/run.mjs [--rows prefill,decode64] [--programs ours]
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { alternate, countedCycles, spread } from './alternate.mjs';
import { repository, smollm2, sourceFlags, workloads } from './programs.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    programs: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    budget: { type: 'string', default: '75' },
    foreign: { type: 'string', default: '0.08' },
    patience: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    json: { type: 'string', default: join(repository, 'benchmarks', 'out', 'engine.json') },
  },
});
if (!existsSync(smollm2)) refuse('the weights are not there', 'npm run fetch:smollm2');
const threads = Number(values.threads);
const rounds = Number(values.rounds);
const options = {
  rounds,
  budget: Number(values.budget),
  foreign: Number(values.foreign),
  patience: Number(values.patience),
};
const all = workloads(threads);
const wanted = values.rows?.split(',') ?? Object.keys(all);
const unknown = wanted.filter(row => !all[row]);
if (unknown.length > 0)
  refuse(`there is no row ${unknown.join(', ')}`, `--rows ${Object.keys(all).join(',')}`);

const machine = {
  cpu: cpus()[0].model.trim(),
  cores: cpus().length,
  threads,
  node: process.version,
  load: loadavg(),
};
const peak = await measurePeak();
const report = [];
for (const row of wanted) {
  report.push(await compare(row, all[row]));
  save();
}
const notes = [
  `${machine.cpu}, ${threads} threads of ${machine.cores} cores; fp32 matrix product ${peak.toFixed(0)} GFLOP/s; load at the start ${machine.load[0].toFixed(1)}, at the end ${loadavg()[0].toFixed(1)}; ratios are medians within a cycle (range)`,
  `quiet: cycles during which others used at most ${options.foreign * 100} % of the machine, of all; where fewer than ${Math.min(rounds, 5)} are quiet, all count`,
];
console.log(`\n${notes.join('\n')}\n`);
console.log('| work | program | tok/s | GFLOP/s (of peak) | peak memory |\n| --- | --- | --- | --- | --- |');
for (const { title, programs, absent } of report) {
  for (const { program, tokPerSecond, gflops, shareOfPeak, peakRssMb } of programs)
    console.log(
      `| ${title} | ${program} | ${range(tokPerSecond, 0)} | ${gflops.toFixed(0)} (${(100 * shareOfPeak).toFixed(0)} %) | ${(peakRssMb / 1000).toFixed(2)} GB |`,
    );
  for (const { program, reason } of absent) console.log(`| ${title} | ${program} | not run: ${reason} | | |`);
}
console.log(
  '\n| work | to | ratio | per CPU second | memory | held to | quiet |\n| --- | --- | --- | --- | --- | --- | --- |',
);
for (const { title, ratios, counted } of report)
  for (const { of, to, wall, perCpu, memory, limits } of ratios)
    console.log(
      `| ${title}, ${of} | ${to} | ${range(wall, 2)} | ${range(perCpu, 2)} | ${memory.toFixed(2)} | ${limits} | ${counted} |`,
    );
console.log(`\n${values.json}`);

function refuse(message, fix) {
  process.stderr.write(`error ${message}\n  try    ${fix}\n`);
  process.exit(2);
}

function save() {
  mkdirSync(dirname(values.json), { recursive: true });
  const contents = JSON.stringify({ machine, peakGflops: peak, options, report }, undefined, 2);
  writeFileSync(values.json, `${contents}\n`);
}

async function compare(row, { title, flops, programs, held }) {
  const began = performance.now();
  const chosen = Object.entries(programs).filter(([program]) => values.programs?.includes(program) ?? true);
  const present = chosen
    .filter(([, { absent }]) => !absent)
    .map(([program, spec]) => ({ name: program, ...spec }));
  const { names, cycles, failed } = await alternate(present, options);
  const absent = [
    ...chosen.filter(([, spec]) => spec.absent).map(([program, spec]) => ({ program, reason: spec.absent })),
    ...failed.map(({ name, reason }) => ({ program: name, reason })),
  ];
  if (cycles.length === 0) return { row, title, cycles, programs: [], absent, ratios: [], counted: '0' };
  const { counted, isQuiet } = countedCycles(cycles, rounds);
  const rows = names.map(program => {
    const results = counted.map(cycle => cycle.rounds[program]);
    const tokPerSecond = spread(results.map(result => result.tok_per_s));
    const gflops = (tokPerSecond.median * flops) / 1e9;
    const peakRssMb = Math.max(...results.map(result => result.peak_rss_mb));
    return { program, tokPerSecond, gflops, shareOfPeak: gflops / peak, peakRssMb };
  });
  const memoryOf = program => rows.find(found => found.program === program).peakRssMb;
  const ratios = held.flatMap(rule => compareWith(rule, names, counted, memoryOf));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const quiet = cycles.filter(cycle => cycle.isQuiet).length;
  process.stderr.write(`${row}: ${cycles.length} cycles, ${quiet} of them quiet, ${seconds} s\n`);
  for (const { of, to, wall } of ratios) process.stderr.write(`  ${of} / ${to}: ${range(wall, 2)}\n`);
  const isCounted = `${quiet} of ${cycles.length}${isQuiet ? '' : ', all count'}`;
  return { row, title, isQuiet, cycles, programs: rows, absent, ratios, counted: isCounted };
}

/** Ratios within a cycle: to the best of the peers where there are several, and to each. */
function compareWith({ of, to, least, goal }, names, cycles, memoryOf) {
  const peers = to.filter(name => names.includes(name));
  if (!names.includes(of) || peers.length === 0) return [];
  const ratio = (key, best) =>
    spread(
      cycles.map(({ rounds: round }) => round[of][key] / Math.max(...best.map(name => round[name][key]))),
    );
  const entry = (peer, best, limits) => ({
    of,
    to: peer,
    wall: ratio('tok_per_s', best),
    perCpu: ratio('tok_per_cpu_s', best),
    memory: memoryOf(of) / Math.min(...best.map(memoryOf)),
    limits,
  });
  const limits = `${least}${goal ? `, goal ${goal}` : ''}`;
  if (peers.length === 1) return [entry(peers[0], peers, limits)];
  return [
    ...peers.map(name => entry(name, [name], '')),
    entry('the best of them in each cycle', peers, limits),
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
  const { cycles } = await alternate([program], { ...options, rounds: 3, most: 3, patience: 2 });
  return Math.max(...cycles.map(cycle => cycle.rounds.peak.gflops));
}
