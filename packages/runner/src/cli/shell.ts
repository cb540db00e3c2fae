/** What a subcommand is given by `main`: where it runs, what it may print to, where keys come from. */
import type { Output } from '../run/report.js';
import type { EnvironmentSecrets } from '../run/secrets.js';

export interface Shell {
  /** Absolute. */
  readonly cwd: string;
  readonly secrets: EnvironmentSecrets;
  /** Never shows a secret. */
  readonly output: Output;
}

/** What citty hands to a subcommand. */
export interface Call {
  readonly rawArgs: readonly string[];
  readonly data?: Shell;
}

/** The shell of a call; `main` always gives one. */
export function shellOf({ data }: Call): Shell {
  if (!data) throw new Error('a subcommand was called without its shell');
  return data;
}
