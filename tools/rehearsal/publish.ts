/** Publishes every package of the workspace to a registry, as a release does: packed by pnpm, ranges rewritten. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';

export async function publishWorkspace(
  root: string,
  environment: NodeJS.ProcessEnv,
  registry: string,
): Promise<void> {
  await run('pnpm', ['--recursive', 'publish', '--no-git-checks', '--registry', registry], {
    cwd: root,
    env: environment,
  });
}

/** `name@version` of every package that is not private. */
export function workspacePackages(root: string): readonly string[] {
  return ['packages', 'plugins'].flatMap(parent =>
    readdirSync(join(root, parent)).map(folder => {
      const { name, version } = JSON.parse(
        readFileSync(join(root, parent, folder, 'package.json'), 'utf8'),
      ) as Record<string, string>;
      return `${name}@${version}`;
    }),
  );
}
