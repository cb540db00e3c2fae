/**
 * One whole step of reinforcement learning on SmolLM2-135M, ours and TRL's GRPO trainer in turn on one machine:
 *
 *   npm run fetch:smollm2 && npx tsc -b
 *   sh benchmarks/rl-step/setup.sh DIR                      once; without it, ours runs alone and says so
 *   TINSMITH_PEER_TRL=DIR node benchmarks/rl-step/run.mjs [--rounds 5] [--prompts 16] [--samples 8] [--tokens 64]
 *
 * Tokens/s are new tokens of a step by the seconds of the whole step: sampling, grading, update.
 */
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { alternate, countedCycles, spread } from '../engine/alternate.mjs';
import { smollm2 } from '../engine/programs.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    prompts: { type: 'string', default: '16' },
    samples: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '64' },
    rank: { type: 'string', default: '16' },
    threads: { type: 'string', default: '2' },
    budget: { type: 'string', default: '1800' },
    foreign: { type: 'string', default: '0.08' },
    patience: { type: 'string', default: '20' },
  },
});
if (!existsSync(smollm2)) {
  process.stderr.write('error the weights are not there\n  try    npm run fetch:smollm2\n');
  process.exit(2);
}
const sizes = ['prompts', 'samples', 'tokens', 'rank', 'threads'].flatMap(name => [
  `--${name}`,
  values[name],
]);
const programs = [
  {
    name: 'ours',
    command: process.execPath,
    args: [join(import.meta.dirname, 'ours.mjs'), '--model', smollm2, ...sizes],
  },
];
const folder = process.env.TINSMITH_PEER_TRL;
const missing =
  folder && [join(folder, 'bin', 'python'), join(folder, 'smollm2')].find(path => !existsSync(path));
if (folder && !missing) {
  programs.push({
    name: 'trl',
    command: join(folder, 'bin', 'python'),
    args: [join(import.meta.dirname, 'grpo.py'), '--model', join(folder, 'smollm2'), ...sizes],
    environment: { OMP_NUM_THREADS: values.threads },
  });
} else
  console.log(`TRL is not measured: ${missing ? `${missing} is missing` : 'TINSMITH_PEER_TRL is not set'}\n`);

const rounds = Number(values.rounds);
const { names, cycles } = await alternate(programs, {
  rounds,
  budget: Number(values.budget),
  foreign: Number(values.foreign),
  patience: Number(values.patience),
});
const { counted, isQuiet } = countedCycles(cycles, rounds);
const show = ({ median, least, most }, digits = 1) =>
  `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
console.log(
  `${cpus()[0].model.trim()}, ${values.threads} threads of ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}; ${values.prompts} prompts x ${values.samples} samples x ${values.tokens} tokens`,
);
console.log(`${counted.length} of ${cycles.length} cycles counted${isQuiet ? '' : ': not quiet ones'}`);
for (const name of names) {
  const of = key => spread(counted.map(({ rounds: all }) => all[name][key]));
  console.log(
    `${name.padEnd(5)} ${show(of('tok_per_s'))} tok/s, ${show(of('tok_per_cpu_s'))} per CPU second, ${show(of('seconds'))} s a step, ${Math.max(...counted.map(({ rounds: all }) => all[name].peak_rss_mb))} MB`,
  );
}
if (names.includes('ours')) {
  const share = spread(counted.map(({ rounds: { ours } }) => ours.sampling_seconds / ours.seconds));
  console.log(`ours: ${(100 * share.median).toFixed(0)} % of a step is sampling, the rest the update`);
}
if (names.includes('trl')) {
  const ratio = key => spread(counted.map(({ rounds: { ours, trl } }) => ours[key] / trl[key]));
  console.log(
    `ours / trl: ${show(ratio('tok_per_s'), 2)} by the clock, ${show(ratio('tok_per_cpu_s'), 2)} per CPU second (bar 1.5, goal 3)`,
  );
}
