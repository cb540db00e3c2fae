/** The config that the arguments of a subcommand mean. */
import { chooseSource } from '../config/choose.js';
import type { ConfigSource } from '../config/load.js';
import { readConfigArguments } from './options.js';

export const sourceOf = (argv: readonly string[], cwd: string): Promise<ConfigSource> =>
  chooseSource(readConfigArguments(argv, cwd));
