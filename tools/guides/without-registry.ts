/**
 * Runs the commands of a guide outside the workspace with nothing to install from: packages are linked to those of the
 * workspace, tarballs unpacked, and the model that ships with us is replaced by one with random weights. Everything
 * else is the real command.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeTinyModel } from '../../plugins/recipe-math-rl/test/tiny-model.ts';
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
      if (first === 'install') return install(cwd, second);
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

async function install(cwd: string, tarball: string | undefined): Promise<string> {
  const modules = join(cwd, 'node_modules');
  linkModules(join(scaffolder, 'node_modules'), modules);
  if (existsSync(join(cwd, 'tinsmith.config.yaml'))) await pocketWithRandomWeights(modules);
  if (tarball === undefined) return '';
  const draft = join(modules, '.unpacked');
  mkdirSync(draft);
  await run('tar', ['-xzf', tarball, '-C', draft], { cwd, env });
  const folder = join(draft, 'package');
  const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
  cpSync(folder, join(modules, name), { recursive: true });
  return '';
}

/** A link for each package, so that others can stand beside them. */
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name.startsWith('@')) linkModules(join(from, name), join(to, name));
    else if (!existsSync(join(to, name))) symlinkSync(join(from, name), join(to, name), 'junction');
  }
}

/** Random weights run in a moment, and the guides are not about what the model can do. */
async function pocketWithRandomWeights(modules: string): Promise<void> {
  const pocket = join(modules, '@tinsmith', 'model-pocket');
  const source = join(root, 'plugins', 'model-pocket');
  rmSync(pocket, { recursive: true, force: true });
  for (const part of ['package.json', 'dist'])
    cpSync(join(source, part), join(pocket, part), { recursive: true });
  await makeTinyModel(pocket);
}
