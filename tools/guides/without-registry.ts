/**
 * Runs the commands of a guide outside the workspace with nothing to install from: packages are linked to those of the
 * workspace, and tarballs unpacked. Everything else is the real command.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../rehearsal/run.ts';

const root = join(import.meta.dirname, '..', '..');
const scaffolder = join(root, 'packages', 'create-tinsmith');
const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', npm_config_offline: 'true' };

export async function withoutRegistry(command: readonly string[], cwd: string): Promise<string> {
  const [program, ...args] = command;
  const node = (...argv: string[]) => run(process.execPath, argv, { cwd, env });
  const [first, second] = args;
  switch (program) {
    case 'npm':
      if (first === 'create' && second === 'tinsmith@latest')
        return node(
          join(scaffolder, 'bin', 'create-tinsmith.js'),
          ...args.slice(2).filter(arg => arg !== '--'),
        );
      if (first === 'install') return install(cwd, args.slice(1));
      return run('npm', args, { cwd, env });
    case 'npx':
      return node(join('node_modules', first!, 'bin', `${first}.js`), ...args.slice(1));
    case 'cat':
      return readFileSync(join(cwd, first!), 'utf8');
    case 'ls':
      return readdirSync(join(cwd, first!)).join('\n');
    default:
      throw new Error(`a guide uses the command ${program}, which not every reader has`);
  }
}

async function install(cwd: string, wanted: readonly string[]): Promise<string> {
  const modules = join(cwd, 'node_modules');
  linkModules(join(scaffolder, 'node_modules'), modules);
  const [tarball] = wanted;
  if (tarball === undefined) return '';
  if (!tarball.endsWith('.tgz')) {
    for (const name of wanted) linkPackage(name, modules);
    return '';
  }
  const draft = join(modules, '.unpacked');
  mkdirSync(draft);
  await run('tar', ['-xzf', tarball, '-C', draft], { cwd, env });
  const folder = join(draft, 'package');
  const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
  renameSync(folder, join(modules, name));
  return '';
}

/** From the workspace's own. */
function linkPackage(name: string, modules: string): void {
  const found = join(root, 'node_modules', name);
  if (!existsSync(found)) throw new Error(`a guide installs ${name}, which the workspace does not have`);
  const link = join(modules, name);
  mkdirSync(dirname(link), { recursive: true });
  if (!existsSync(link)) symlinkSync(found, link, 'junction');
}

/** A link for each package, so that others can stand beside them. */
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name.startsWith('@')) linkModules(join(from, name), join(to, name));
    else if (!existsSync(join(to, name))) symlinkSync(join(from, name), join(to, name), 'junction');
  }
}
