/** `tinsmith plugins`: what the config loads. */
import { defineCommand } from 'citty';
import { configArguments } from './config-arguments.js';
import { shellOf, type Call } from './shell.js';
import { exitCodes } from './show.js';

export default defineCommand({
  meta: { name: 'plugins', description: 'Lists the plugins of a config: versions, files, what they bring.' },
  args: configArguments,
  async run(call: Call) {
    const { cwd, secrets, output } = shellOf(call);
    const { sourceOf } = await import('./source.js');
    const source = await sourceOf(call.rawArgs, cwd);
    const { listPlugins } = await import('../explain/plugins.js');
    for (const line of await listPlugins(source, secrets)) output.out(line);
    return exitCodes.done;
  },
});
