/** `tinsmith init`: writes a config after a few questions, or from flags. */
import { defineCommand, type ArgsDef } from 'citty';
import { shellOf, type Call } from './shell.js';
import { exitCodes } from './show.js';

const initArguments: ArgsDef = {
  recipe: { type: 'string', valueHint: 'NAME', description: 'recipe of an installed package' },
  preset: { type: 'string', valueHint: 'NAME', description: 'preset to build on; default: default' },
  name: {
    type: 'string',
    valueHint: 'TEXT',
    description: 'name of the runs; default: the folder of the project',
  },
  file: { type: 'string', valueHint: 'FILE', description: 'default: tinsmith.config.yaml' },
};

export default defineCommand({
  meta: { name: 'init', description: 'Writes a commented config: after a few questions, or from flags.' },
  args: initArguments,
  async run(call: Call) {
    const { cwd, secrets, output } = shellOf(call);
    const { readArguments, refuseWords } = await import('./arguments.js');
    const given = readArguments(call.rawArgs, initArguments);
    refuseWords(given);
    const { questioner } = await import('./ask.js');
    const { init } = await import('../init/init.js');
    const answers = Object.fromEntries(given.map(({ flag, value }) => [flag, value]));
    for (const line of await init(answers, { cwd, secrets, ask: questioner() })) output.out(line);
    return exitCodes.done;
  },
});
