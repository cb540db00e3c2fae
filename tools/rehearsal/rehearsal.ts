/**
 * The path of a stranger, from a release to a run: publishes all packages to a registry on loopback, makes an
 * empty folder outside the workspace, scaffolds and installs from that registry with npm and with pnpm, adds
 * a local plugin, a third-party logger and a third-party recipe, and runs them from YAML and from TypeScript.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { follow } from '../guides/follow.ts';
import { stepsOf } from '../guides/steps.ts';
import { startRegistry } from '../registry/registry.ts';
import { publishWorkspace, workspacePackages } from './publish.ts';
import { check, run } from './run.ts';

const THIRD_PARTY_YAML = `
plugins:
  - '@tinsmith/engine-local'
  - '@tinsmith/model-pocket'
  - tinsmith-logger-my-logger
  - tinsmith-recipe-my-recipe
recipe:
  use: my_recipe
  with: { engine: local, modelName: pocket, texts: ['What is 4 + 5? 9', 'What is 2 + 2? 4'], maxSteps: 2 }
`;

const THIRD_PARTY_CONFIG = `
import { defineConfig } from 'tinsmith';
import engine from '@tinsmith/engine-local';
import pocket from '@tinsmith/model-pocket';
import logger from 'tinsmith-logger-my-logger';
import recipe from 'tinsmith-recipe-my-recipe';

export default defineConfig({
  plugins: [engine(), pocket(), logger({ file: 'metrics.tsv' }), recipe()],
  recipe: {
    use: 'my_recipe',
    with: { engine: 'local', modelName: 'pocket', texts: ['What is 4 + 5? 9', 'What is 2 + 2? 4'], maxSteps: 2 },
  },
});
`;

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'tinsmith-rehearsal-'));
const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();

const registry = await startRegistry(upstream.endsWith('/') ? upstream : `${upstream}/`);
const userConfig = join(folder, 'npmrc');
const { host } = new URL(registry.url);
writeFileSync(userConfig, `registry=${registry.url}\n//${host}/:_authToken=rehearsal\n`);
const env = {
  ...process.env,
  npm_config_userconfig: userConfig,
  NPM_CONFIG_USERCONFIG: userConfig,
  npm_config_registry: registry.url,
  npm_config_audit: 'false',
  npm_config_fund: 'false',
};

try {
  step('publish');
  await publishWorkspace(root, env, registry.url);
  const expected = workspacePackages(root).toSorted();
  check(
    `all ${expected.length} packages are published`,
    registry.published.toSorted().join() === expected.join(),
    registry.published,
  );

  step('a third-party logger and a third-party recipe, scaffolded, tested and packed');
  const logger = await thirdParty('logger');
  const recipe = await thirdParty('recipe');

  for (const manager of ['npm', 'pnpm'] as const) {
    step(`a project, installed with ${manager}`);
    await project(manager, { logger, recipe });
  }

  step('docs/guides/write-a-plugin.md, followed to the letter');
  const guide = stepsOf(readFileSync(join(root, 'docs/guides/write-a-plugin.md'), 'utf8'));
  const place = join(folder, 'guide');
  mkdirSync(place);
  const done = await follow(guide, place, ([command = '', ...args], cwd) => run(command, args, { cwd, env }));
  check(`all ${done.length} steps of the guide work`, done.length > 5);
  step('done');
} finally {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
}

function step(what: string): void {
  process.stdout.write(`${what}\n`);
}

/** Scaffolds a plugin, runs its own tests, and packs it. The path of the tarball. */
async function thirdParty(kind: 'logger' | 'recipe'): Promise<string> {
  await run('npm', ['exec', '--yes', '--', 'create-tinsmith', `my-${kind}`, '--kind', kind], {
    cwd: folder,
    env,
  });
  const cwd = join(folder, `my-${kind}`);
  await run('npm', ['install'], { cwd, env });
  await run('npm', ['test'], { cwd, env });
  check(`the scaffolded ${kind} passes its own tests`, true);
  await compile(kind, cwd);
  const packed = JSON.parse(await run('npm', ['pack', '--json', '--silent'], { cwd, env })) as {
    filename: string;
  }[];
  return join(cwd, packed[0]!.filename);
}

/** The logger by tsc; the recipe by esbuild, which knows no decorator metadata. */
async function compile(kind: 'logger' | 'recipe', cwd: string): Promise<void> {
  if (kind === 'logger') {
    await run('npm', ['run', 'build'], { cwd, env });
    return;
  }
  const bundle = [
    'src/index.ts',
    '--bundle',
    '--packages=external',
    '--format=esm',
    '--outfile=dist/index.js',
  ];
  await run('npm', ['exec', '--yes', '--', 'esbuild', ...bundle], { cwd, env });
}

async function project(manager: 'npm' | 'pnpm', tarballs: { logger: string; recipe: string }): Promise<void> {
  const name = `project-${manager}`;
  await run('npm', ['exec', '--yes', '--', 'create-tinsmith', name], { cwd: folder, env });
  const cwd = join(folder, name);
  await run(manager, [manager === 'npm' ? 'install' : 'add', tarballs.logger, tarballs.recipe], { cwd, env });
  const tinsmith = (args: readonly string[], exitCode = 0) =>
    run(join(cwd, 'node_modules', '.bin', 'tinsmith'), args, { cwd, env, exitCode });

  check('the scaffolded config is right', (await tinsmith(['check'])).includes('ok'));

  await tinsmith(['run', '--log-path', 'runs/first', '--set', 'recipe.with.maxSteps=2']);
  const metrics = readFileSync(join(cwd, 'runs/first/metrics.jsonl'), 'utf8').trim().split('\n');
  check('the engine trains two steps from a YAML config with a local plugin', metrics.length === 2, metrics);

  writeFileSync(join(cwd, 'third-party.config.ts'), THIRD_PARTY_CONFIG);
  await tinsmith(['run', '--config', 'third-party.config.ts', '--log-path', 'runs/second']);
  const lines = readFileSync(join(cwd, 'runs/second/metrics.tsv'), 'utf8').trim().split('\n');
  const steps = new Set(lines.map(line => line.split('\t')[0]));
  check('a third-party recipe and logger run from a TypeScript config', steps.size === 2, lines);
  const record = readFileSync(join(cwd, 'runs/second/config.json'), 'utf8');
  check(
    'the versions of plugins are recorded',
    record.includes('tinsmith-logger-my-logger') && record.includes('0.1.0'),
    record,
  );

  await withSecondCore(cwd, tinsmith);

  const missing = THIRD_PARTY_YAML.replace('tinsmith-logger-my-logger', 'tinsmith-not-there');
  writeFileSync(join(cwd, 'missing.config.yaml'), missing);
  const refused = await tinsmith(['run', '--config', 'missing.config.yaml'], 2);
  const command = `${manager} ${manager === 'npm' ? 'install' : 'add'} tinsmith-not-there`;
  check('a missing plugin is named with the command that installs it', refused.includes(command), refused);
}

/** Gives the logger a core of its own: the same contract is mended, another one is refused with both files. */
async function withSecondCore(
  cwd: string,
  tinsmith: (args: readonly string[], exitCode?: number) => Promise<string>,
): Promise<void> {
  const core = realpathSync(join(cwd, 'node_modules', '@tinsmith', 'core'));
  const logger = realpathSync(join(cwd, 'node_modules', 'tinsmith-logger-my-logger'));
  const copy = join(logger, 'node_modules', '@tinsmith', 'core');
  rmSync(copy, { recursive: true, force: true });
  cpSync(core, copy, { recursive: true });
  const args = ['run', '--config', 'third-party.config.yaml', '--log-path'];
  writeFileSync(join(cwd, 'third-party.config.yaml'), THIRD_PARTY_YAML);
  await tinsmith([...args, 'runs/third']);
  check('a second copy of core with the same contract does no harm', true);

  const plugin = join(copy, 'dist', 'plugin.js');
  writeFileSync(plugin, readFileSync(plugin, 'utf8').replace('CONTRACT = 1', 'CONTRACT = 2'));
  const manifest = join(copy, 'package.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"contract": 1', '"contract": 2'));
  const refused = await tinsmith([...args, 'runs/fourth'], 2);
  check(
    'a second copy with another contract is refused, with the fix',
    refused.includes('CORE_DUPLICATE') && refused.includes('peerDependencies'),
    refused,
  );
  rmSync(copy, { recursive: true, force: true });
}
