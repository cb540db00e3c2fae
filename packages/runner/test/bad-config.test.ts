/** Bad input of every kind: the whole message, exit code 2, nothing created, no stack. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { config, countProject, pluginFiles } from './plugins.js';
import { canBeModest, modestUser, Project } from './project.js';

/** The command's message for a project that would run but for `files` and `args`. */
async function refused(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<string> {
  using project = new Project({ ...countProject, ...files });
  const before = project.list();
  const { code, out, error } = await project.run(['run', '--log-path', 'runs/a', ...args]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(project.list()).toEqual(before);
  return error;
}

const yaml = (text: string) => ({ 'tinsmith.config.yaml': text });

test('every problem of a config is reported at once, with its line', async () => {
  const error = await refused(
    yaml(`nam: a
seed: first
plugins:
  - ./plugins/count.ts
  - ./plugins/engine.js
  - { use: ./plugins/sink.js, wiht: 1, with: { fil: x.jsonl } }
recipe:
  use: count
  with:
    engine: file
    max_steps: "3"
    group_size: 1
    lerning_rate: 1
    loss: pp0
`),
  );
  expect(error).toBe(`error OPTION_UNKNOWN   there is no option "nam" in a config
  at     nam   tinsmith.config.yaml:1
  try    name
error OPTION_UNKNOWN   there is no option "wiht" in an entry of plugins
  at     plugins[./plugins/sink.js].wiht   tinsmith.config.yaml:6
  try    with
error OPTION_INVALID   "seed" must be a whole number
  at     seed   tinsmith.config.yaml:2
  found  "first"
error OPTION_UNKNOWN   line-sink: there is no option "fil"
  at     plugins[./plugins/sink.js].with.fil   tinsmith.config.yaml:6
  try    file
error OPTION_UNKNOWN   there is no option "lerningRate"
  at     recipe.with.lerningRate   tinsmith.config.yaml:13
  try    learningRate
error OPTION_INVALID   "maxSteps" must be a whole number
  at     recipe.with.maxSteps   tinsmith.config.yaml:11
  found  "3"
error OPTION_INVALID   "groupSize" must be at least 2
  at     recipe.with.groupSize   tinsmith.config.yaml:12
  found  1
error OPTION_INVALID   "loss" must be one of ppo, importance_sampling
  at     recipe.with.loss   tinsmith.config.yaml:14
  found  "pp0"
  try    ppo
error PROVIDER_MISSING   nothing provides engine "file"
  at     recipe.with.engine   tinsmith.config.yaml:10
  found  "files" (file-engine)
  try    engine: files
`);
});

test('a missing option is named with what it must be', async () => {
  expect(await refused(yaml(config.replace('    maxSteps: 3\n', '')))).toBe(
    `error OPTION_MISSING   "maxSteps" is missing
  at     recipe.with.maxSteps   tinsmith.config.yaml:7
  try    add maxSteps: a whole number
`,
  );
});

test('a wrong option does not make a choice that has a default seem missing', async () => {
  const count = pluginFiles['plugins/count.ts'].replace(
    'z.object({',
    "z.object({ engine: z.string().default('files'),",
  );
  const error = await refused({
    'plugins/count.ts': count,
    ...yaml(config.replace('    engine: files\n', '').replace('maxSteps: 3', 'maxSteps: x')),
  });
  expect(error).toContain('"maxSteps" must be');
  expect(error).not.toContain('engine');
});

test.for([
  ['my_count', 'my-count'],
  ['my-count', 'my_count'],
])('hyphens and underscores in the name of a recipe are the same: %s', async ([name, use]) => {
  using project = new Project({
    ...countProject,
    'plugins/count.ts': pluginFiles['plugins/count.ts'].replace("Recipes, 'count'", `Recipes, '${name}'`),
    ...yaml(config.replace('use: count', `use: ${use}`)),
  });
  expect(await project.runAlone(['check'])).toMatchObject({ code: 0, error: '' });
});

test('a missing choice of a provider names those there are', async () => {
  expect(await refused(yaml(config.replace('    engine: files\n', '')))).toBe(
    `error OPTION_MISSING   "engine" is missing: which engine to use
  at     recipe.with.engine   tinsmith.config.yaml:7
  try    engine: files
`,
  );
});

test('a kind of provider that no plugin brings is said so', async () => {
  expect(await refused(yaml(config.replace('  - ./plugins/engine.js\n', '')))).toBe(
    `error PROVIDER_MISSING   nothing provides engine "files"
  at     recipe.with.engine   tinsmith.config.yaml:7
  found  no plugin provides any engine
  try    add a plugin that provides engine "files" to \`plugins\`
`,
  );
});

test('an unknown recipe names those there are', async () => {
  expect(await refused(yaml(config.replace('use: count', 'use: cuont')))).toBe(
    `error PROVIDER_MISSING   nothing provides recipe "cuont"
  at     recipe.use   tinsmith.config.yaml:6
  found  "count" (count)
  try    use: count
`,
  );
});

test.for([
  ['package-lock.json', 'npm install'],
  ['pnpm-lock.yaml', 'pnpm add'],
  ['yarn.lock', 'yarn add'],
])('a plugin that is not installed comes with the command of the project: %s', async ([lock, command]) => {
  const withPlugin = config.replace('plugins:\n', 'plugins:\n  - "@tinsmith/logger-nowhere"\n');
  expect(await refused({ ...yaml(withPlugin), [lock!]: '' })).toBe(
    `error PLUGIN_NOT_FOUND   the plugin "@tinsmith/logger-nowhere" is not installed
  at     plugins[@tinsmith/logger-nowhere]   tinsmith.config.yaml:2
  try    ${command} @tinsmith/logger-nowhere
`,
  );
});

test('a mistyped name of an installed plugin gets the right name, not an install command', async () => {
  const error = await refused({
    ...yaml(config.replace('plugins:\n', 'plugins:\n  - "@tinsmith/logger-lnes"\n')),
    'node_modules/@tinsmith/logger-lines/package.json': '{ "name": "@tinsmith/logger-lines" }',
  });
  expect(error).toContain('try    @tinsmith/logger-lines\n');
});

test('a shorthand is answered with the full name: no package of somebody else is proposed', async () => {
  const error = await refused(yaml(config.replace('plugins:\n', 'plugins:\n  - logger-jsonl\n')));
  expect(error).toContain('try    the full name: @tinsmith/logger-jsonl\n');
});

test('a local plugin that is not there, that fails, that is none', async () => {
  const error = await refused({
    ...yaml(
      config.replace(
        'plugins:\n',
        'plugins:\n  - ./plugins/snk.js\n  - ./plugins/fails.ts\n  - ./plugins/none.ts\n',
      ),
    ),
    'plugins/fails.ts': `const settings: { deep?: { x: number } } = {};\nexport default settings.deep!.x;\n`,
    'plugins/none.ts': `export default { name: 'none' };\n`,
  });
  expect(error).toBe(`error PLUGIN_NOT_FOUND   there is no file "./plugins/snk.js"
  at     plugins[./plugins/snk.js]   tinsmith.config.yaml:2
  found  looked for PROJECT/plugins/snk.js
  try    ./plugins/sink.js
error PLUGIN_FAILED   the plugin "./plugins/fails.ts" cannot be loaded: Cannot read properties of undefined (reading 'x')
  at     plugins[./plugins/fails.ts]   tinsmith.config.yaml:3
  found  PROJECT/plugins/fails.ts:2
error PLUGIN_INVALID   "./plugins/none.ts" is not a plugin
  at     plugins[./plugins/none.ts]   tinsmith.config.yaml:4
  found  its default export is an object with name
  try    export default definePlugin({ ... })
`);
});

const plugin = (body: string) =>
  `import { definePlugin } from '@tinsmith/core';\nexport default definePlugin({ version: '1.0.0', ${body} });\n`;

test('problems that the kernel finds have the place in the file', async () => {
  const error = await refused({
    ...yaml(
      config.replace('plugins:\n', 'plugins:\n  - { use: ./plain.ts, with: { x: 1 } }\n  - ./needy.ts\n'),
    ),
    'plain.ts': plugin(`name: 'plain', setup() {}`),
    'needy.ts': plugin(`name: 'needy', requires: ['absent'], setup() {}`),
  });
  expect(error).toBe(`error PLUGIN_MISSING   needy: needs the plugin "absent", which is not in \`plugins\`
  at     plugins[./needy.ts]   tinsmith.config.yaml:3
  try    add "absent" to \`plugins\`
error OPTION_UNKNOWN   plain: takes no options
  at     plugins[./plain.ts].with   tinsmith.config.yaml:2
  found  x
  try    remove \`with\`
`);
});

test('a secret that is written is refused and not shown', async () => {
  const error = await refused(
    yaml(
      config.replace(
        'with: { file: metrics.jsonl }',
        'with: { file: hf_abcdefghijklmnop1234, api_key: s3cr3t }',
      ),
    ),
    ['--set', 'plugins[./plugins/sink.js].with.password=hunter22'],
  );
  expect(error).not.toMatch(/hunter22|s3cr3t|abcdefghijklmnop/);
  expect(error)
    .toContain(`error SECRET_IN_CONFIG   this looks like a secret, and secrets are not written in a config
  at     plugins[./plugins/sink.js].with.api_key   tinsmith.config.yaml:4
  found  a text of 6 characters
  try    set an environment variable; plugins ask for keys by name, or take \${NAME} as an option
`);
  expect(error.match(/SECRET_IN_CONFIG/g)).toHaveLength(3);
});

test.for([
  [
    'tinsmith.config.yaml',
    'plugins: [a\nrecipe: 3\n',
    'tinsmith.config.yaml:2:1',
    /^not YAML: Flow sequence/,
  ],
  [
    'tinsmith.config.yaml',
    'seed: 1\nseed: 2\n',
    'tinsmith.config.yaml:2:1',
    /^not YAML: Map keys must be unique/,
  ],
  [
    'tinsmith.config.json',
    '{\n  "seed": 1,\n}\n',
    'tinsmith.config.json:3:1',
    /^not JSON: Expected double-quoted/,
  ],
  [
    'tinsmith.config.ts',
    'export default {\n  seed: = 1,\n};\n',
    'tinsmith.config.ts:2',
    /^the config cannot be loaded: /,
  ],
  [
    'tinsmith.config.ts',
    'enum A { B }\nexport default {};\n',
    'tinsmith.config.ts:1',
    /enum is not supported/,
  ],
  ['tinsmith.config.mjs', 'throw new Error("no luck");\n', 'tinsmith.config.mjs:1', /no luck$/],
] as const)('a config that cannot be read says where: %s %#', async ([name, text, at, message]) => {
  using project = new Project({ ...pluginFiles, [name]: text });
  const { code, out, error } = await project.run(['run']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  const [first = '', second] = error.split('\n');
  expect(first).toMatch(/^error CONFIG_UNREADABLE {3}/);
  expect(first.replace(/^\S+ \S+ +/, '')).toMatch(message);
  expect(second).toBe(`  at     ${at}`);
});

test('a config without a default export, an empty one, and one that is no object', async () => {
  expect(await refused({ 'a.ts': 'export const config = {};' }, ['--config', 'a.ts'])).toBe(
    `error CONFIG_UNREADABLE   the config exports nothing by default
  at     a.ts
  try    export default defineConfig({ ... })
`,
  );
  expect(await refused({ 'a.yaml': '' }, ['--config', 'a.yaml'])).toBe(
    `error CONFIG_INVALID   a config is an object with recipe and plugins\n  at     a.yaml\n  found  an empty file\n`,
  );
  expect(await refused({ 'a.json': '[1]' }, ['--config', 'a.json'])).toContain('found  a list of 1\n');
  expect(await refused({ 'a.toml': 'a = 1' }, ['--config', 'a.toml'])).toBe(
    `error CONFIG_UNREADABLE   a config is a .ts, .mts, .js, .mjs, .yaml, .yml or .json file\n  at     a.toml\n`,
  );
});

test('a TypeScript config that throws, and YAML that is none: the whole message', async () => {
  const text = `const settings: { seed?: number } = {};\nif (!settings.seed) throw new Error('no seed');\nexport default settings;\n`;
  expect(await refused({ 'a.ts': text }, ['--config', 'a.ts'])).toBe(
    'error CONFIG_UNREADABLE   the config cannot be loaded: no seed\n  at     a.ts:2\n',
  );
  expect(await refused({ 'a.yaml': 'seed: 1\n  name: x\n' }, ['--config', 'a.yaml'])).toBe(
    'error CONFIG_UNREADABLE   not YAML: Nested mappings are not allowed in compact mappings\n  at     a.yaml:1:7\n',
  );
});

test.skipIf(process.platform !== 'linux').for([
  ['/sys', 'sysfs'],
  ['/proc', 'proc'],
])('a run folder where nothing can be created, also by root: %s, also for check', async ([place, system]) => {
  for (const command of ['run', 'check']) {
    using project = new Project(countProject);
    const { code, out, error } = await project.run([command, `log_path=${place}/tinsmith/a`]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error)
      .toBe(`error RUN_FOLDER_UNWRITABLE   the run folder cannot be written: ${place} belongs to the system (${system}) and holds no files
  at     logPath   log_path=${place}/tinsmith/a
  found  ${place}/tinsmith/a
  try    another log_path
`);
  }
});

test.skipIf(!canBeModest).for([
  ['555', 'read-only'],
  ['333', 'unreadable'],
])('a run folder with the mode %s, %s, is refused before anything is created', async ([mode]) => {
  using project = new Project({ ...countProject, 'runs/a/x': '' });
  const folder = join(project.path, 'runs/a');
  chmodSync(project.path, 0o755);
  chmodSync(folder, mode!);
  for (const command of ['run', 'check']) {
    const args = [command, 'log_path=runs/a', 'if_exists=resume'];
    expect(await project.runAlone(args, { uid: modestUser })).toEqual({
      code: 2,
      out: '',
      error: `error RUN_FOLDER_UNWRITABLE   the run folder cannot be written: EACCES: permission denied, access 'PROJECT/runs/a'
  at     logPath   log_path=runs/a
  found  PROJECT/runs/a
  try    another log_path
`,
    });
  }
  chmodSync(folder, 0o755);
  expect(project.list('runs/a')).toEqual(['x']);
});

test('a package that a TypeScript config imports and that is missing is named with the command', async () => {
  const text = `import x from '@tinsmith/logger-nowhere';\nexport default { plugins: [x()] };\n`;
  expect(await refused({ 'a.ts': text }, ['--config', 'a.ts'])).toBe(
    `error PLUGIN_NOT_FOUND   the package "@tinsmith/logger-nowhere" is not installed
  at     a.ts
  try    npm install @tinsmith/logger-nowhere
`,
  );
});

test('no config: where was looked, and what to do', async () => {
  using project = new Project(pluginFiles);
  expect(await project.run(['run'])).toEqual({
    code: 2,
    out: '',
    error: `error CONFIG_NOT_FOUND   there is no config, neither here nor above in this project
  at     PROJECT
  found  none of tinsmith.config.ts, tinsmith.config.mts, tinsmith.config.js, tinsmith.config.mjs, tinsmith.config.yaml, tinsmith.config.yml, tinsmith.config.json
  try    tinsmith init, tinsmith run NAME for a recipe that is installed, or --config FILE
`,
  });
});

test('a config file that is not there gets the nearest name', async () => {
  expect(await refused({}, ['--config', 'tinsmith.confg.yaml'])).toBe(
    `error CONFIG_NOT_FOUND   there is no such config file
  at     tinsmith.confg.yaml
  try    tinsmith.config.yaml
`,
  );
});

test('configs that extend each other, or nothing', async () => {
  expect(
    await refused({ 'a.yaml': 'extends: ./b.yaml', 'b.yaml': 'extends: a.yaml' }, ['--config', 'a.yaml']),
  ).toBe(
    `error CONFIG_LOOP   configs extend each other
  at     extends   b.yaml:1
  found  a.yaml -> b.yaml -> a.yaml
  try    remove one \`extends\`
`,
  );
  expect(
    await refused({ 'a.yaml': 'seed: 1\nextends: some-package/none.yaml' }, ['--config', 'a.yaml']),
  ).toBe(
    `error CONFIG_NOT_FOUND   there is no config "some-package/none.yaml" to extend
  at     extends   a.yaml:2
`,
  );
});

test('the same option in two spellings, the same plugin twice', async () => {
  const error = await refused(
    yaml(
      `${config.replace('plugins:\n', 'plugins:\n  - ./plugins/sink.js\n')}    max_steps: 4\nlog_path: a\nlogPath: b\n`,
    ),
  );
  expect(error).toBe(`error OPTION_REPEATED   "logPath" and "log_path" are the same option
  at     logPath   tinsmith.config.yaml:13
  try    keep one of them
error PLUGIN_REPEATED   the plugin "./plugins/sink.js" stands in plugins more than once
  at     plugins[./plugins/sink.js]   tinsmith.config.yaml:5
  try    keep one entry
error OPTION_REPEATED   "max_steps" and "maxSteps" are the same option
  at     recipe.with.max_steps   tinsmith.config.yaml:11
  try    keep one of them
`);
});

test.for([
  [['--confg', 'x'], 'error FLAG_UNKNOWN   there is no flag --confg\n  try    --config\n'],
  [
    ['--zzz'],
    'error FLAG_UNKNOWN   there is no flag --zzz\n  try    one of --config, --preset, --set, --log-path, --wandb-project, --wandb-name, --if-exists, --seed, --help\n',
  ],
  [['--set'], 'error ARGUMENT_INVALID   the flag --set needs a value\n  try    --set VALUE\n'],
  [['--set', '--seed', '1'], 'error ARGUMENT_INVALID   the flag --set needs a value\n  try    --set VALUE\n'],
  [
    ['--set', 'seed'],
    'error ARGUMENT_INVALID   an option is given as path=value\n  found  --set seed\n  try    --set recipe.with.learningRate=4e-5\n',
  ],
  [
    ['--set', 'loss=[1'],
    'error ARGUMENT_INVALID   the value is not YAML: Flow sequence must end with a ]\n  found  --set loss=[1\n  try    quote it for the shell, and in YAML with "..."\n',
  ],
  [
    ['--set', 'recipe.wth.maxSteps=1'],
    'error OPTION_UNKNOWN   there is no option "recipe.wth"\n  at     recipe.wth   --set recipe.wth.maxSteps=1\n  try    with\n',
  ],
  [
    ['--set', 'recipe.with.maxStep=1'],
    'error OPTION_UNKNOWN   there is no option "maxStep"\n  at     recipe.with.maxStep   --set recipe.with.maxStep=1\n  try    maxSteps\n',
  ],
  [
    ['--set', 'sed=1'],
    'error OPTION_UNKNOWN   there is no option "sed"\n  at     sed   --set sed=1\n  try    seed\n',
  ],
  [
    ['--set', 'plugins[./plugins/sink.js].with.fil=1'],
    'error OPTION_UNKNOWN   line-sink: there is no option "fil"\n  at     plugins[./plugins/sink.js].with.fil   --set plugins[./plugins/sink.js].with.fil=1\n  try    file\n',
  ],
  [
    ['--set', 'plugins[./x.js].with.file=1'],
    'error ARGUMENT_INVALID   "./x.js" is not in plugins\n  found  --set plugins[./x.js].with.file=1\n  try    --set plugins[./plugins/count.ts].with.option=value\n',
  ],
  [
    ['--set', 'extends=x.yaml'],
    'error ARGUMENT_INVALID   "extends" cannot be set on the command line\n  found  --set extends=x.yaml\n  try    --config FILE\n',
  ],
  [
    ['maxStep=1'],
    'error OPTION_UNKNOWN   there is no option "maxStep"\n  at     recipe.with.maxStep   maxStep=1\n  try    maxSteps\n',
  ],
  [
    ['--seed', '-1'],
    'error OPTION_INVALID   "seed" must be at least 0\n  at     seed   --seed -1\n  found  -1\n',
  ],
  [
    ['--if-exists', 'resum'],
    'error OPTION_INVALID   "ifExists" must be one of ask, resume, overwrite, delete, raise\n  at     ifExists   --if-exists resum\n  found  "resum"\n  try    resume\n',
  ],
  [
    ['a', 'b'],
    'error ARGUMENT_INVALID   there is one recipe in a run\n  found  a and b\n  try    key=value for an option\n',
  ],
] as const)('an argument that is wrong: %j', async ([args, message]) => {
  expect(await refused({}, args)).toBe(message);
});

test('an unknown command or flag in front of it gets the nearest name', async () => {
  using project = new Project();
  expect(await project.run(['rnu'])).toEqual({
    code: 2,
    out: '',
    error: 'error COMMAND_UNKNOWN   there is no command "rnu"\n  try    run\n',
  });
  expect(await project.run(['--hepl'])).toEqual({
    code: 2,
    out: '',
    error: 'error FLAG_UNKNOWN   there is no flag --hepl before a command\n  try    --help\n',
  });
});

test('check refuses what run refuses, with the same message', async () => {
  using project = new Project({ ...countProject, ...yaml(config.replace('engine: files', 'engine: fles')) });
  const [check, run] = await Promise.all([project.run(['check']), project.run(['run', '--log-path', 'a'])]);
  expect(check).toEqual(run);
  expect(check.code).toBe(2);
});
