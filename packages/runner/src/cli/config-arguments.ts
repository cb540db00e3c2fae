/** The arguments that commands about a config share. Imports nothing: `--help` shows them. */
import type { ArgsDef } from 'citty';

export const configArguments: ArgsDef = {
  name: {
    type: 'positional',
    required: false,
    description:
      'recipe to run: of the config, or (without a config, or with preset=...) of an installed package; any number of key=value set log_path, seed, ... or options of the recipe',
  },
  config: {
    type: 'string',
    valueHint: 'FILE',
    description: 'config file; default: tinsmith.config.* here or above',
  },
  preset: {
    type: 'string',
    valueHint: 'NAME',
    description: 'a config that the package of the recipe ships, instead of a config of your own',
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
