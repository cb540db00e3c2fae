/** Commands that look at a config and run nothing, and commands that plugins add. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { config, countProject } from './plugins.js';
import { ended, Project } from './project.js';

test('explain shows providers, hooks in order, and where each option comes from', async () => {
  using project = new Project({
    ...countProject,
    'tinsmith.config.yaml': `extends: base.yaml\nplugins: [./late.ts, ./early.ts]\nrecipe: { with: { group_size: 8 } }\n`,
    'base.yaml': config,
    'early.ts': listener('early', ''),
    'late.ts': listener('late', `after: ['early'],`),
  });
  const before = project.list();
  const { code, out, error } = await project.run(['explain', 'log_path=runs/a', 'loss=importance_sampling']);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(project.list()).toEqual(before);
  expect(out).toBe(
    `tinsmith.config.yaml

plugins, in the order of their setup
  count         1.2.3   ./plugins/count.ts
  file-engine   0.0.1   ./plugins/engine.js
  line-sink     0.1.0   ./plugins/sink.js
  early         0.0.0   ./early.ts
  late          0.0.0   ./late.ts, after early

providers
  recipe "count"    count         picked by recipe.use
  engine "files"    file-engine   picked by recipe.with.engine, needs run-directory
  secrets           tinsmith
  run-directory     tinsmith
  tracker-project   tinsmith
  metric-sink       line-sink     needs run-directory

hooks, in the order of their handlers
  run:start   sequential   early -> late
  step:end    parallel     early, late

options
  name                                   -                       default
  seed                                   0                       default
  logPath                                "runs/a"                log_path=runs/a
  wandbProject                           -                       default
  wandbName                              -                       default
  ifExists                               "ask"                   default
  strict                                 false                   default
  recipe.use                             count                   base.yaml:6
  recipe.with.maxSteps                   3                       base.yaml:9
  recipe.with.groupSize                  8                       tinsmith.config.yaml:3 (default 4)
  recipe.with.learningRate               0.0001                  default
  recipe.with.loss                       "importance_sampling"   loss=importance_sampling (default "ppo")
  recipe.with.saveEvery                  1                       default
  recipe.with.milliseconds               0                       default
  recipe.with.throwAt                    -                       default
  recipe.with.engine                     "files"                 base.yaml:8
  plugins[./plugins/sink.js].with.file   "metrics.jsonl"         base.yaml:4 (default "metrics.jsonl")

run folder
  PROJECT/runs/a   new
`,
  );
});

function listener(name: string, relation: string): string {
  return `
import { definePlugin, RunStart, StepEnd } from '@tinsmith/core';
export default definePlugin({ name: '${name}', version: '0.0.0', ${relation} setup({ hook }) { hook(RunStart, () => {}); hook(StepEnd, () => {}); } });
`;
}

test('plugins lists what each brings, and what is installed and not used', async () => {
  using project = new Project({
    ...countProject,
    'package.json': '{ "type": "module", "devDependencies": { "tinsmith-logger-x": "*" } }',
    'node_modules/tinsmith-logger-x/package.json': '{ "version": "2.0.0", "keywords": ["tinsmith-plugin"] }',
  });
  expect(await project.run(['plugins'])).toEqual({
    code: 0,
    error: '',
    out: `tinsmith.config.yaml
  count         1.2.3   recipe "count"   ./plugins/count.ts
  file-engine   0.0.1   engine "files"   ./plugins/engine.js
  line-sink     0.1.0   metric-sink      ./plugins/sink.js
installed, not in this config
  tinsmith-logger-x   2.0.0
`,
  });
});

test('schema knows the options of plugins and recipes in both spellings, and the names of providers', async () => {
  using project = new Project(countProject);
  const { code, out, error } = await project.run(['schema']);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const schema = JSON.parse(out) as {
    properties: {
      plugins: { items: { anyOf: object[] } };
      recipe: { allOf: { then: object }[]; properties: object };
    };
  };
  expect(Object.keys(schema.properties)).toEqual(
    expect.arrayContaining(['extends', 'seed', 'log_path', 'logPath']),
  );
  expect(schema.properties.plugins.items.anyOf).toContainEqual(
    expect.objectContaining({
      properties: {
        use: { const: './plugins/sink.js' },
        with: expect.objectContaining({ properties: { file: { type: 'string', default: 'metrics.jsonl' } } }),
      },
    }),
  );
  expect(schema.properties.recipe.properties).toMatchObject({ use: { enum: ['count'] } });
  expect(schema.properties.recipe.allOf[0]!.then).toMatchObject({
    properties: {
      with: {
        properties: {
          groupSize: { type: 'integer', minimum: 2, default: 4 },
          group_size: { type: 'integer', minimum: 2, default: 4 },
          engine: { enum: ['files'] },
        },
      },
    },
  });
  expect(out).not.toMatch(/"required": \[\s+"maxSteps"/);
});

test('schema --out writes a file and says how to turn it on; a config that is not right yet has one too', async () => {
  using project = new Project({
    ...countProject,
    'tinsmith.config.yaml': `# yaml-language-server: $schema=./s.json\n${config.replace('maxSteps: 3', 'maxStep: 3')}`,
  });
  expect(await project.run(['schema', '--out', 's.json'])).toEqual({
    code: 0,
    error: '',
    out: 'wrote s.json; a YAML config that is beside it turns it on with its first line:\n# yaml-language-server: $schema=./s.json\n',
  });
  expect(JSON.parse(project.read('s.json'))).toHaveProperty('properties.recipe');
});

test.for([
  ['schema', '--out', 'gone/s.json'],
  ['init', '--recipe', 'count', '--file', 'gone/s.json'],
])('a file in a folder that is not there is bad input, and nothing is written: %s', async args => {
  using project = new Project(countProject);
  const before = project.list();
  expect(await project.run(args)).toEqual({
    code: 2,
    out: '',
    error: `error FILE_UNWRITABLE   the file cannot be written: there is no folder PROJECT/gone
  at     gone/s.json
  try    mkdir -p PROJECT/gone
`,
  });
  expect(project.list()).toEqual(before);
});

const commandPlugin = `
import { Commands, definePlugin, TinsmithError } from '@tinsmith/core';
export default definePlugin({
  name: 'tinsmith-report', version: '1.0.0',
  setup: ({ provide }) => provide(Commands, 'report', {
    create: () => ({
      specification: 'v1',
      description: 'Writes a report',
      usage: '  tinsmith report FOLDER',
      async run({ arguments: words, cwd, print, warn }) {
        if (words[0] === 'bad') throw new TinsmithError({ code: 'REPORT_EMPTY', message: 'nothing to report' });
        if (words[0] === 'worse') throw new Error('the printer is on fire');
        print(words.join(' ') + ' in ' + cwd);
        warn('no pictures');
        return 3;
      },
    }),
  }),
});
`;
const reportProject = {
  ...countProject,
  'package.json': '{ "type": "module", "dependencies": { "tinsmith-report": "*" } }',
  'tinsmith.config.yaml': config.replace('plugins:\n', 'plugins:\n  - tinsmith-report\n'),
  'node_modules/tinsmith-report/package.json': JSON.stringify({
    version: '1.0.0',
    keywords: ['tinsmith-plugin'],
    exports: './index.mjs',
    tinsmith: { commands: { report: 'Writes a report' } },
  }),
  'node_modules/tinsmith-report/index.mjs': commandPlugin,
};

test('a plugin of the config adds a command', async () => {
  using project = new Project(reportProject);
  expect(await project.run(['report', 'a', '--config', 'tinsmith.config.yaml', '--deep'])).toEqual({
    code: 3,
    out: 'a --deep in PROJECT\n',
    error: 'no pictures\n',
  });
  expect((await project.run(['report', '--help'])).out).toBe(
    'Writes a report (tinsmith report, tinsmith-report)\n\n  tinsmith report FOLDER\n',
  );
  expect(await project.run(['report', 'bad'])).toEqual({
    code: 2,
    out: '',
    error: 'error REPORT_EMPTY   nothing to report\n',
  });
  expect(await project.run(['report', 'worse'])).toEqual({
    code: 1,
    out: '',
    error: 'error COMMAND_FAILED   tinsmith-report: the command "report" failed: the printer is on fire\n',
  });
});

test('the run folder of a command is that of --run, or the first argument that is one, or the working folder', async () => {
  const where = `
import { Commands, definePlugin, RunDirectories } from '@tinsmith/core';
export default definePlugin({
  name: 'tinsmith-report', version: '1.0.0',
  setup: ({ provide }) => provide(Commands, 'report', {
    deps: { directory: RunDirectories },
    create: ({ directory }) => ({
      specification: 'v1', description: 'Says where',
      run: async ({ print }) => print(directory.path),
    }),
  }),
});
`;
  using project = new Project({
    ...reportProject,
    'node_modules/tinsmith-report/index.mjs': where,
    'runs/a/checkpoints.jsonl': '',
    'runs/b/config.json': '{}',
  });
  const folder = async (...args: string[]) => (await project.run(['report', ...args])).out.trim();
  expect(await folder('runs/a')).toBe('PROJECT/runs/a');
  expect(await folder('runs/a', '--run', 'runs/b')).toBe('PROJECT/runs/b');
  expect(await folder('runs/b')).toBe('PROJECT');
});

test('a command for another version is refused', async () => {
  using project = new Project({
    ...reportProject,
    'node_modules/tinsmith-report/index.mjs': commandPlugin.replace("'v1'", "'v2'"),
  });
  expect(await project.run(['report'])).toEqual({
    code: 2,
    out: '',
    error: `error COMMAND_UNSUPPORTED   tinsmith-report: the command "report" is made for another version of Tinsmith
  found  specification v2; this version runs v1
  try    update tinsmith or tinsmith-report
`,
  });
});

test('--help lists the commands of the config without importing its plugins', async () => {
  using project = new Project({
    ...reportProject,
    'node_modules/tinsmith-report/index.mjs': 'throw new Error("imported");',
    'tinsmith.config.yaml': 'extends: ./base.yaml\n',
    'base.yaml': reportProject['tinsmith.config.yaml'],
  });
  expect((await project.run(['--help'])).out).toContain(
    '\nCommands of plugins\n  report  Writes a report (tinsmith-report)\n',
  );
});

test('an unknown command names those of plugins too; a broken config does not hide a typing mistake', async () => {
  using project = new Project(reportProject);
  expect(await project.run(['reprt'])).toEqual({
    code: 2,
    out: '',
    error: 'error COMMAND_UNKNOWN   there is no command "reprt"\n  try    report\n',
  });
  using broken = new Project({ 'tinsmith.config.yaml': 'plugins: [' });
  expect((await broken.run(['chekc'])).error).toBe(
    'error COMMAND_UNKNOWN   there is no command "chekc"\n  try    check\n',
  );
});

test('a command whose plugin the config does not list, or without a config, is named with its plugin', async () => {
  const { 'tinsmith.config.yaml': _config, ...withoutConfig } = reportProject;
  using bare = new Project(withoutConfig);
  expect((await bare.run(['report'])).error)
    .toBe(`error COMMAND_UNKNOWN   the command "report" is one of tinsmith-report, which takes a config
  at     PROJECT
  found  no config here or above
  try    --config FILE, a config that lists tinsmith-report in plugins; tinsmith init makes one
`);
  using other = new Project({ ...withoutConfig, 'tinsmith.config.yaml': 'plugins: []\n' });
  expect((await other.run(['report'])).error).toContain('try    list tinsmith-report in plugins\n');
  expect((await other.run(['eval'])).error).toContain(
    'try    npm install @tinsmith/evaluators, then list @tinsmith/evaluators in plugins\n',
  );
});

/** The plugins of this repository. */
const published = readdirSync(new URL('../../../plugins/', import.meta.url)).map(folder => {
  const manifest = new URL(`../../../plugins/${folder}/package.json`, import.meta.url);
  const { name, tinsmith } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly name: string;
    readonly tinsmith?: { readonly commands?: Readonly<Record<string, string>> };
  };
  return { name, commands: Object.keys(tinsmith?.commands ?? {}) };
});
const commands = published.flatMap(({ name, commands: own }) => own.map(command => ({ name, command })));

test.each(commands.filter(({ command }) => command !== 'checkpoints'))(
  'tinsmith $command is of $name, which is to be installed',
  async ({ name, command }) => {
    using empty = new Project({});
    expect((await empty.run([command])).error).toContain(`npm install ${name}, then --config FILE`);
  },
);

const recipePackage = {
  'package.json': '{ "type": "module", "dependencies": { "@tinsmith/recipe-count": "*" } }',
  'node_modules/@tinsmith/recipe-count/package.json': JSON.stringify({
    version: '1.0.0',
    keywords: ['tinsmith-plugin'],
    tinsmith: { recipes: ['count'], presets: { count: { default: 'small.yaml' } } },
  }),
  'node_modules/@tinsmith/recipe-count/small.yaml': config.replaceAll('./plugins', '../../../plugins'),
};

test('init writes a config that checks, with every option of the recipe as a comment, and the line in .npmrc', async () => {
  using project = new Project({ ...countProject, ...recipePackage, '.npmrc': 'fund=false' });
  project.remove('tinsmith.config.yaml');
  expect(await project.run(['init', '--name', 'first try'])).toEqual({
    code: 0,
    error: '',
    out: 'wrote tinsmith.config.yaml and a line in .npmrc\nto check     npx tinsmith check\nto run       npx tinsmith run\n',
  });
  expect(project.read('.npmrc')).toMatch(/^fund=false\n# The CUDA .*\nonnxruntime-node-install=skip\n$/);
  const text = project.read('tinsmith.config.yaml');
  expect(text).toContain('extends: \'@tinsmith/recipe-count/small.yaml\'\nname: "first try"\n');
  expect(text).toContain('  #   maxSteps: 3\n  #   groupSize: 4\n');
  expect((await project.run(['check', 'log_path=a'])).code).toBe(0);

  // Uncommented as the comment says, the options are those that hold anyway.
  const used = text.replace(/^ {2}# with:.*$/m, '  with:').replaceAll(/^ {2}# {3}(\w+: \S)/gm, '    $1');
  project.write({ 'all.yaml': used });
  expect(await project.run(['check', '--config', 'all.yaml', 'log_path=a'])).toMatchObject({
    code: 0,
    error: '',
  });
});

test('init leaves a config that is there alone, and says what is missing', async () => {
  using project = new Project({ ...countProject, ...recipePackage });
  const before = project.list();
  expect(await project.run(['init'])).toEqual({
    code: 2,
    out: '',
    error:
      'error CONFIG_EXISTS   there is a config already, and it is left as it is\n  at     tinsmith.config.yaml\n  try    --file OTHER.yaml, or change the one that is there\n',
  });
  expect(project.list()).toEqual(before);

  using empty = new Project();
  expect(await empty.run(['init'])).toEqual({
    code: 2,
    out: '',
    error: `error RECIPE_NOT_FOUND   no package that this project depends on has a recipe
  at     PROJECT/package.json
  try    npm install @tinsmith/recipe-math-rl
`,
  });
  expect(empty.list()).toEqual(['package.json']);
});

test('init names the plugins of the preset that are still to be installed', async () => {
  using project = new Project({
    ...recipePackage,
    'node_modules/@tinsmith/recipe-count/small.yaml':
      'plugins: ["@tinsmith/engine-nowhere", "@tinsmith/search-nowhere"]\nrecipe: { use: count }\n',
  });
  const { code, out } = await project.run(['init']);
  expect(code).toBe(0);
  expect(out).toContain('to install   npm install @tinsmith/engine-nowhere @tinsmith/search-nowhere\n');
});

test('a global tinsmith hands over to the one of the project', async () => {
  using project = new Project(countProject);
  using other = new Project({
    'node_modules/tinsmith-stand-in/package.json': '{ "bin": { "tinsmith": "./bin.mjs" } }',
    'node_modules/tinsmith-stand-in/bin.mjs': 'console.log("local", process.argv.slice(2).join(" "));',
  });
  other.remove('node_modules/tinsmith');
  other.link('tinsmith', join(other.path, 'node_modules/tinsmith-stand-in'));
  other.write({ 'tinsmith.config.yaml': config });
  const args = ['check', '--config', join(other.path, 'tinsmith.config.yaml')];
  expect(await project.runAlone(args)).toEqual({ code: 0, error: '', out: `local ${args.join(' ')}\n` });
});

test('a reader that stops early is no error', async () => {
  using project = new Project(countProject);
  const child = project.start(['schema']);
  child.stdout!.destroy(); // as `| head` does once it has enough
  expect(await ended(child)).toMatchObject({ code: 0, error: '' });
});

test('init decides for pnpm about the build script that it would stop at, and keeps what is in the file', async () => {
  const pnpm = { ...countProject, ...recipePackage, 'pnpm-lock.yaml': '' };
  const settings = '# ours\npackages:\n  - plugins/*\n';
  using project = new Project({ ...pnpm, 'pnpm-workspace.yaml': settings });
  project.remove('tinsmith.config.yaml');
  expect((await project.run(['init', '--recipe', 'count'])).out).toContain(
    'wrote tinsmith.config.yaml and a line in .npmrc and a line in pnpm-workspace.yaml\n',
  );
  const decided = `${settings}allowBuilds:\n  onnxruntime-node: false\n`;
  expect(project.read('pnpm-workspace.yaml')).toBe(decided);
  project.remove('tinsmith.config.yaml');
  expect((await project.run(['init', '--recipe', 'count'])).out).toContain('wrote tinsmith.config.yaml\n');
  expect(project.read('pnpm-workspace.yaml')).toBe(decided);
});
