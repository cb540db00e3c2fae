/** `tinsmith explain`: the resolved graph. */
import { defineCommand } from 'citty';
import { configArguments } from './config-arguments.js';
import { shellOf, type Call } from './shell.js';
import { exitCodes } from './show.js';

export default defineCommand({
  meta: {
    name: 'explain',
    description: 'Shows who provides what, who listens to what, and where each option comes from.',
  },
  args: configArguments,
  async run(call: Call) {
    const { cwd, secrets, output } = shellOf(call);
    const { sourceOf } = await import('./source.js');
    const source = await sourceOf(call.rawArgs, cwd);
    const { explainSource } = await import('../explain/explain.js');
    for (const line of await explainSource(source, secrets)) output.out(line);
    return exitCodes.done;
  },
});
