/** What the npm scripts do once everything is in place. */
import { join } from 'node:path';
import { foreground, say } from './process.mjs';

const MAIN_JOB = 'configs/math-rl/arithmetic-pocket.yaml';

const tasks = {
  /** The main job: trains a model with a recipe, then says what to do next. */
  async start(args, context) {
    const code = await cli(['run', '--config', MAIN_JOB, ...args], context);
    if (code === 0) process.stdout.write(nextSteps());
    return code;
  },
  tinsmith: (args, context) => cli(args, context),
  async test(args, context) {
    if (args.length) return tool('vitest', 'vitest.mjs', ['run', ...args], context);
    return inTurn([
      () => check('format', () => tool('oxfmt', 'bin/oxfmt', ['--check'], context)),
      () => check('lint', () => tool('oxlint', 'bin/oxlint', ['--type-aware'], context)),
      () => check('tests', () => tool('vitest', 'vitest.mjs', ['run'], context)),
    ]);
  },
  golden: (args, context) => node(['tools/golden/golden.mjs', ...args], context),
  /** The path of a stranger, from a release to a run. */
  rehearse: (args, context) => node(['tools/rehearsal/rehearsal.ts', ...args], context),
  'fetch:smollm2': (args, context) => node(['tools/models/fetch-smollm2.mjs', ...args], context),
  /** Writes the generated pages of docs/reference, and the API reports. */
  reference: (args, context) => node(['tools/reference/reference.ts', ...args], context),
  /** What npm users get: packages that resolve, nothing unused, and no change of the API that nobody sees. */
  'check:packages': (args, context) => node(['tools/packages/check.ts', ...args], context),
  /** What the next release would be. */
  'rehearse:version': (args, context) => node(['tools/release/rehearse-version.ts', ...args], context),
  'train:pocket': (args, context) => node(['plugins/model-pocket/dist/train/main.js', ...args], context),
};

export const taskNames = Object.keys(tasks);

export function runTask(name, args, root, tools) {
  return tasks[name](args, { root, tools });
}

/** The command says how it is called again, and here that is not `npx tinsmith`. */
const cli = (args, { root, tools }) =>
  node([join('packages', 'runner', 'bin', 'tinsmith.js'), ...args], {
    root,
    tools: { ...tools, env: { ...tools.env, TINSMITH_COMMAND: 'npm run tinsmith --' } },
  });
const tool = (name, bin, args, context) => node([join('node_modules', name, bin), ...args], context);
const node = (args, { root, tools }) => foreground(tools.node, args, { cwd: root, env: tools.env });

async function check(what, run) {
  say(what);
  return run();
}

/** Stops at the first failure and returns its exit code. */
async function inTurn(steps) {
  for (const step of steps) {
    const code = await step();
    if (code !== 0) return code;
  }
  return 0;
}

const nextSteps = () => `
What next?
  npm run tinsmith -- run math_rl group_size=8 max_steps=20   the same recipe with other options
  npm run tinsmith -- explain math_rl                         who does what, and where each option comes from
  npm run tinsmith -- --help                                  everything else; docs/start.md goes on from here
`;
