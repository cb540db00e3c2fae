/**
 * A `tinsmith` that is installed globally hands over to the project's own, so that runner and plugins are the versions
 * that the project has chosen. Imports nothing of this package: it runs before anything is loaded.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The command of the `tinsmith` that a project has installed. Undefined if there is none, or if it is `own`. */
export function localCommand(argv: readonly string[], cwd: string, own: string): string | undefined {
  for (let folder = startFolder(argv, cwd); ; folder = dirname(folder)) {
    const local = join(folder, 'node_modules', 'tinsmith');
    if (existsSync(join(local, 'package.json'))) {
      const command = commandOf(local);
      return command === undefined || realpathSync(own) === command ? undefined : command;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * What a user types to call this package again from the working directory. `TINSMITH_COMMAND` says so where a script
 * stands in front of it.
 */
export function commandForPeople(cwd: string, environment: NodeJS.ProcessEnv): string {
  const given = environment['TINSMITH_COMMAND'];
  if (given) return given;
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules', 'tinsmith', 'package.json'))) return 'npx tinsmith';
    if (folder === dirname(folder)) return 'tinsmith'; // installed globally
  }
}

/** The folder of `--config FILE`, else the working directory. */
function startFolder(argv: readonly string[], cwd: string): string {
  const inline = argv.find(word => word.startsWith('--config='))?.slice('--config='.length);
  const index = argv.indexOf('--config');
  const config = inline ?? (index < 0 ? undefined : argv[index + 1]);
  return config === undefined ? cwd : dirname(resolve(cwd, config));
}

function commandOf(local: string): string | undefined {
  const { bin } = JSON.parse(readFileSync(join(local, 'package.json'), 'utf8')) as {
    bin?: { tinsmith?: string };
  };
  const command = join(local, bin?.tinsmith ?? 'bin/tinsmith.js');
  return existsSync(command) ? realpathSync(command) : undefined;
}
