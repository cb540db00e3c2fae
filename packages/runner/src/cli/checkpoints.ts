/** `tinsmith checkpoints`: what the engine of a config or of a run keeps. */
import { nearest, readCommandArguments, TinsmithError } from '@tinsmith/core';
import { defineCommand, type ArgsDef } from 'citty';
import { takeFlag } from './arguments.js';
import { shellOf, type Call, type Shell } from './shell.js';
import { exitCodes } from './show.js';

const args: ArgsDef = {
  action: {
    type: 'positional',
    required: false,
    description:
      'list | info PATH | download PATH FOLDER | merge PATH OUT (more: tinsmith checkpoints merge --help) | publish PATH | unpublish PATH | delete PATH... | ttl PATH DURATION (7d, 12h, seconds, none)',
  },
  run: {
    type: 'string',
    valueHint: 'FOLDER',
    description: 'run folder whose engine and checkpoints are meant',
  },
  config: {
    type: 'string',
    valueHint: 'FILE',
    description: 'config file; default: of the run, else tinsmith.config.* here or above',
  },
  engine: { type: 'string', valueHint: 'NAME', description: 'engine; default: the one of the recipe' },
  json: { type: 'boolean', description: 'list and info: a line of JSON per checkpoint' },
  yes: { type: 'boolean', description: 'delete: without it nothing is removed' },
};

export default defineCommand({
  meta: {
    name: 'checkpoints',
    description:
      'Lists, inspects, fetches, merges, publishes and removes the checkpoints that an engine keeps.',
  },
  args,
  async run(call: Call) {
    return checkpoints(call.rawArgs, shellOf(call));
  },
});

/** Returns the exit code. */
export async function checkpoints(argv: readonly string[], shell: Shell): Promise<number> {
  const { actions } = await import('../checkpoints/actions.js');
  const [action] = argv.filter(word => !word.startsWith('-'));
  const names = [...Object.keys(actions), 'merge'];
  if (action === undefined || !names.includes(action))
    throw new TinsmithError({
      code: action === undefined ? 'ARGUMENT_MISSING' : 'ARGUMENT_INVALID',
      message:
        action === undefined ? 'what to do with checkpoints is missing' : `there is no action "${action}"`,
      fix: (action !== undefined && nearest(action, names)) || `one of ${names.join(', ')}`,
    });
  return action === 'merge' ? mergeAction(argv, shell) : storeAction(argv, shell);
}

const flags = { run: 'value', config: 'value', engine: 'value', json: 'switch', yes: 'switch' } as const;

async function storeAction(argv: readonly string[], { cwd, secrets, output }: Shell): Promise<number> {
  const { words: given, flags: found } = readCommandArguments(argv, flags);
  const [name = '', ...words] = given;
  const { actions, checkWords } = await import('../checkpoints/actions.js');
  const action = actions[name]!;
  checkWords(action, words);
  const open = await openFor(
    { run: found.run, config: found.config, engine: found.engine },
    { cwd, secrets },
  );
  const { interruptible } = await import('./plugin-command.js');
  try {
    return await interruptible(async signal => {
      const { json = false, yes = false } = found;
      const asked = { words, json, yes, cwd, signal, print: (line: string) => output.out(line) };
      await action.run(await open.checkpoints(), asked);
      return exitCodes.done;
    });
  } finally {
    await open.kernel.dispose();
  }
}

/** The plugin's command has flags of its own, so only ours are taken out; it has `--run` itself. */
async function mergeAction(argv: readonly string[], shell: Shell): Promise<number> {
  const config = takeFlag(argv, 'config');
  const engine = takeFlag(config.rest, 'engine');
  const run = takeFlag(engine.rest, 'run').value;
  const open = await openFor({ run, config: config.value, engine: engine.value }, shell);
  const [{ merge }, { callCommand }] = await Promise.all([
    import('../checkpoints/merge.js'),
    import('./plugin-command.js'),
  ]);
  try {
    return await merge({
      open,
      argv: engine.rest,
      cwd: shell.cwd,
      call: (offer, words) => callCommand(offer, open.kernel, words, shell),
    });
  } finally {
    await open.kernel.dispose();
  }
}

async function openFor(
  choice: {
    readonly run: string | undefined;
    readonly config: string | undefined;
    readonly engine: string | undefined;
  },
  { cwd, secrets }: Pick<Shell, 'cwd' | 'secrets'>,
) {
  const { openEngine } = await import('../checkpoints/open-engine.js');
  return openEngine({ cwd, ...choice }, secrets);
}
