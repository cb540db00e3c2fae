/** `tinsmith sweep`: the same run for every point of a grid. Loads the rest of the package only when it runs. */
import { defineCommand } from 'citty';
import { shellOf, type Call } from './shell.js';
import { sweepArguments } from './sweep-arguments.js';

export default defineCommand({
  meta: {
    name: 'sweep',
    description: 'Runs a recipe for every combination of some options, and says which is best.',
  },
  args: sweepArguments,
  async run(call: Call) {
    const shell = shellOf(call);
    const [{ readSweep }, { sweep }, { interruptible }] = await Promise.all([
      import('../sweep/read-sweep.js'),
      import('../sweep/sweep.js'),
      import('./plugin-command.js'),
    ]);
    const { request, ...rest } = readSweep(call.rawArgs, shell.cwd);
    return interruptible(signal => sweep(request, { ...rest, shell, signal }));
  },
});
