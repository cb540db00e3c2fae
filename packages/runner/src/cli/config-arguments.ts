/** The arguments that `run` and `check` share. Imports nothing: `--help` shows them. */
import type { ArgsDef } from 'citty';

export const configArguments: ArgsDef = {
  name: {
    type: 'positional',
    required: false,
    description:
      'recipe to run, instead of the one in the config; key=value sets log_path, seed, ... or an option of the recipe',
  },
  config: {
    type: 'string',
    valueHint: 'FILE',
    description: 'config file; default: tinsmith.config.* here or above',
  },
  set: {
    type: 'string',
    valueHint: 'path=value',
    description: 'sets one option of the config; may be repeated',
  },
  'log-path': {
    type: 'string',
    valueHint: 'FOLDER',
    description: 'run folder; default: a new one below /tmp/tinker-examples',
  },
  'wandb-project': { type: 'string', valueHint: 'NAME', description: 'project at Weights & Biases' },
  'wandb-name': { type: 'string', valueHint: 'NAME', description: 'name of the run there' },
  'if-exists': {
    type: 'string',
    valueHint: 'ask|resume|overwrite|raise',
    description: 'what to do if the run folder exists',
  },
  seed: { type: 'string', valueHint: 'N', description: 'seed of the run' },
};
