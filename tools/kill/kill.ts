/**
 * Whether a recipe can be killed at any moment:
 *
 *     node tools/kill/kill.ts RECIPE [OPTION=VALUE ...] [--kills 50] [--seed 0] [--keep]
 *
 * Takes any recipe with a preset that runs offline, by name; build first (`npx tsc -b`). The recipes of this repository are made
 * small, so that an attempt takes seconds; options come on top of that. Prints each kill; exits with 1 if a killed run ended
 * otherwise than the one that was left alone.
 */
import { parseArgs } from 'node:util';
import { killAndResume } from './kill-and-resume.ts';
import { smallRun } from './small-options.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '0' },
    keep: { type: 'boolean', default: false },
  },
});
const [recipe, ...own] = positionals;
if (recipe === undefined) {
  console.error('node tools/kill/kill.ts RECIPE [OPTION=VALUE ...] [--kills 50] [--seed 0] [--keep]');
  process.exit(2);
}
const args = smallRun(recipe, own);
console.log(`tinsmith run ${args.join(' ')}`);
const report = await killAndResume({
  args,
  kills: Number(values.kills),
  seed: Number(values.seed),
  keep: values.keep,
  say: line => console.log(line),
});
console.log(
  `${report.kills} kills (${report.killsInSave} in a checkpoint), ${report.runs} runs, ${report.differences.length} differences`,
);
for (const line of report.differences) console.log(`  ${line}`);
if (values.keep || report.differences.length > 0) console.log(`left in ${report.folder}`);
process.exitCode = report.differences.length > 0 ? 1 : 0;
