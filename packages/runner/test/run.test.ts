/** Runs of the real command: what is written, what is printed, how they end. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { config, countProject, pluginFiles } from './plugins.js';
import { Project } from './project.js';

const rows = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);

test('a run writes config.json, metrics, checkpoints and the log, and prints one line', async () => {
  using project = new Project(countProject);
  const result = await project.run(['run', 'log_path=runs/a', 'max_steps=2', '--seed', '7']);
  expect(result).toEqual({ code: 0, out: 'done   PROJECT/runs/a\n', error: '' });
  expect(project.list('runs/a')).toEqual([
    'checkpoints.jsonl',
    'config.json',
    'disposed.txt',
    'logs.log',
    'metrics.jsonl',
    'weights',
    'weights/000001',
    'weights/000002',
  ]);
  expect(JSON.parse(project.read('runs/a/config.json'))).toEqual({
    seed: 7,
    plugins: [
      { use: join(project.path, 'plugins/count.ts') },
      { use: join(project.path, 'plugins/engine.js') },
      { use: join(project.path, 'plugins/sink.js'), with: { file: 'metrics.jsonl' } },
    ],
    recipe: {
      use: 'count',
      with: {
        engine: 'files',
        maxSteps: 2,
        groupSize: 4,
        learningRate: 1e-4,
        loss: 'ppo',
        saveEvery: 1,
        milliseconds: 0,
      },
    },
    recorded: {
      log_path: join(project.path, 'runs/a'),
      config: join(project.path, 'tinsmith.config.yaml'),
      command: 'tinsmith run log_path=runs/a max_steps=2 --seed 7',
      versions: {
        tinsmith: '0.1.0',
        node: process.versions.node,
        plugins: { count: '1.2.3', 'file-engine': '0.0.1', 'line-sink': '0.1.0' },
      },
    },
  });
  expect(rows(project.read('runs/a/metrics.jsonl'))).toEqual(
    [0, 1].map(step => ({
      step,
      'progress/batch': step,
      'progress/done_frac': (step + 1) / 2,
      'reward/mean': step,
      'time/sampling': expect.any(Number),
      'time/total': expect.any(Number),
    })),
  );
  const stamp = `"seed":7,"config_hash":"${String(rows(project.read('runs/a/checkpoints.jsonl'))[0]!['config_hash'])}"`;
  expect(stamp).toMatch(/"[0-9a-f]{64}"$/);
  expect(project.read('runs/a/checkpoints.jsonl')).toBe(
    `{"name":"000001","batch":1,"state_path":"weights/000001","sampler_path":"sampler_weights/000001",${stamp}}\n` +
      `{"name":"000002","batch":2,"state_path":"weights/000002","sampler_path":"sampler_weights/000002",${stamp}}\n`,
  );
  expect(project.read('runs/a/logs.log')).toMatch(
    /^tinsmith run log_path=runs\/a max_steps=2 --seed 7\n\S+Z counting\n\S+Z completed\n$/,
  );
});

test('without log_path a run gets a folder of its own, named by the recipe, numbered when the name is taken', async () => {
  using project = new Project({
    ...countProject,
    'tinsmith.config.yaml': config.replace('use: count', 'use: count'),
  });
  const name = `t${process.pid}`;
  project.write({ 'plugins/count.ts': pluginFiles['plugins/count.ts'].replaceAll("'count'", `'${name}'`) });
  onTestFinished(() => rmSync(`/tmp/tinker-examples/${name}`, { recursive: true, force: true }));
  const args = ['run', name, 'max_steps=1'];
  const ran = await Promise.all([project.runAlone(args), project.runAlone(args)]);
  const folders = ran.map(({ out }) => out.replace('done   ', '').trimEnd());
  for (const folder of folders) {
    expect(folder).toMatch(
      new RegExp(
        String.raw`^/tmp/tinker-examples/${name}/Org-model-1-ppo-seed0-\d{4}-\d\d-\d\d-\d\d-\d\d(-2)?$`,
      ),
    );
  }
  expect(new Set(folders).size).toBe(2);
});

test('config.json alone runs again, from another folder, and gives the same run', async () => {
  using project = new Project({ ...countProject, 'elsewhere/x': '' });
  await project.run(['run', 'log_path=runs/a', 'loss=importance_sampling']);
  const again = await project.run(['run', '--config', '../runs/a/config.json', 'log_path=../runs/b'], {
    cwd: 'elsewhere',
  });
  expect(again).toEqual({ code: 0, out: 'done   PROJECT/runs/b\n', error: '' });
  const [first, second] = ['a', 'b'].map(
    run => JSON.parse(project.read(`runs/${run}/config.json`)) as Record<string, unknown>,
  );
  expect({ ...second, recorded: 0 }).toEqual({ ...first, recorded: 0 });
});

test('config.json runs again when the plugins stood as values in a TypeScript config', async () => {
  using project = new Project({
    ...pluginFiles,
    'node_modules/@tinsmith/sink/package.json':
      '{ "name": "@tinsmith/sink", "type": "module", "exports": { "import": "./sink.js" } }',
    'node_modules/@tinsmith/sink/sink.js': pluginFiles['plugins/sink.js'].replace(
      "'line-sink'",
      "'@tinsmith/sink'",
    ),
    'tinsmith.config.ts': `
import { defineConfig } from 'tinsmith';
import { definePlugin, StepEnd } from '@tinsmith/core';
import sink from '@tinsmith/sink';
import count from './plugins/count.ts';
import engine from './plugins/engine.js';

const listener = definePlugin<any>({
  name: 'listener',
  version: '0.0.0',
  config: { '~standard': { version: 1, vendor: 'none', validate: (value: unknown) => ({ value }) } },
  setup({ config, hook }) { hook(StepEnd, event => config.listen(event)); },
});

export default defineConfig({
  seed: 3,
  plugins: [count(), engine, sink({ file: 'm.jsonl' }), listener({ listen: () => {} })],
  recipe: { use: 'count', with: { engine: 'files', maxSteps: 1 } },
});
`,
  });
  expect(await project.run(['run', 'log_path=runs/a'])).toEqual({
    code: 0,
    out: 'done   PROJECT/runs/a\n',
    error: '',
  });
  const written = JSON.parse(project.read('runs/a/config.json')) as { plugins: unknown };
  const file = join(project.path, 'tinsmith.config.ts');
  expect(written.plugins).toEqual([
    { use: `${file}#count` },
    { use: `${file}#file-engine` },
    { use: '@tinsmith/sink', with: { file: 'm.jsonl' } },
    { use: `${file}#listener` },
  ]);
  const again = await project.run(['run', '--config', 'runs/a/config.json', 'log_path=runs/b']);
  expect(again).toEqual({ code: 0, out: 'done   PROJECT/runs/b\n', error: '' });
  expect(rows(project.read('runs/b/m.jsonl'))).toHaveLength(1);
});

test('a config is found from a folder below, and its plugins are resolved from the config', async () => {
  using project = new Project({ ...countProject, 'deep/er/x': '' });
  const { code, out } = await project.run(['check'], { cwd: 'deep/er' });
  expect(code).toBe(0);
  expect(out).toContain('config    PROJECT/tinsmith.config.yaml\n');
});

test('check says what would run and creates nothing', async () => {
  using project = new Project(countProject);
  const before = project.list();
  expect(await project.run(['check', 'log_path=runs/a'])).toEqual({
    code: 0,
    error: '',
    out: `config    tinsmith.config.yaml
recipe    count (count 1.2.3)
engine    files (file-engine 0.0.1)
plugins   count 1.2.3, file-engine 0.0.1, line-sink 0.1.0
seed      0
folder    PROJECT/runs/a (new)
ok
`,
  });
  expect(project.list()).toEqual(before);
});

test('extends: a base beside it and one inside a package, objects merged, lists replaced, plugins merged by name', async () => {
  using project = new Project({
    ...pluginFiles,
    'base.yaml': config,
    'node_modules/@tinsmith/recipe-x/package.json': '{ "name": "@tinsmith/recipe-x", "exports": {} }',
    'node_modules/@tinsmith/recipe-x/presets/slow.yaml':
      'seed: 5\nrecipe: { with: { loss: importance_sampling, save_every: 2 } }\n',
    'tinsmith.config.yaml': `
extends: [base.yaml, "@tinsmith/recipe-x/presets/slow.yaml"]
plugins:
  - { use: ./plugins/sink.js, with: { file: other.jsonl } }
recipe: { with: { maxSteps: 2, learning_rate: 0.5 } }
`,
  });
  expect(await project.run(['run', 'log_path=runs/a'])).toMatchObject({ code: 0, error: '' });
  const written = JSON.parse(project.read('runs/a/config.json')) as Record<string, unknown>;
  expect(written).toMatchObject({
    seed: 5,
    plugins: [{}, {}, { use: join(project.path, 'plugins/sink.js'), with: { file: 'other.jsonl' } }],
    recipe: {
      with: { engine: 'files', maxSteps: 2, loss: 'importance_sampling', saveEvery: 2, learningRate: 0.5 },
    },
  });
  expect(project.has('runs/a/other.jsonl')).toBe(true);
});

test('a preset inside a package can bring plugins that only the package can see', async () => {
  const installed = 'node_modules/@tinsmith/recipe-x';
  using project = new Project({
    ...countProject,
    [`${installed}/preset.yaml`]: 'plugins: ["@tinsmith/sink-x"]\n',
    [`${installed}/node_modules/@tinsmith/sink-x/package.json`]: '{ "main": "./sink.mjs" }',
    [`${installed}/node_modules/@tinsmith/sink-x/sink.mjs`]: pluginFiles['plugins/sink.js'],
    'tinsmith.config.yaml': `extends: "@tinsmith/recipe-x/preset.yaml"\n${config.replace(/^.*sink.*\n/m, '')}`,
  });
  expect(await project.run(['run', 'log_path=runs/a'])).toMatchObject({ code: 0, error: '' });
  const again = await project.run(['run', '--config', 'runs/a/config.json', 'log_path=runs/b']);
  expect(again).toMatchObject({ code: 0, error: '' });
  expect(rows(project.read('runs/b/metrics.jsonl'))).toHaveLength(3);
});

test('the command line is stronger than the file, the later argument stronger than the earlier; None is the default', async () => {
  using project = new Project({
    ...countProject,
    'tinsmith.config.yaml': `${config}    learning_rate: 0.25\nseed: 1\n`,
  });
  await project.run([
    'run',
    'log_path=runs/a',
    'learning_rate=None',
    '--set',
    'recipe.with.maxSteps=9',
    'max_steps=1',
    '--set',
    'plugins[./plugins/sink.js].with.file=1e3.jsonl',
    'seed=2',
    '--seed=3',
  ]);
  expect(JSON.parse(project.read('runs/a/config.json'))).toMatchObject({
    seed: 3,
    plugins: [{}, {}, { with: { file: '1e3.jsonl' } }],
    recipe: { with: { maxSteps: 1, learningRate: 1e-4 } },
  });
});

test('a recipe is found under the name that the Cookbook writes', async () => {
  using project = new Project(countProject);
  project.write({
    'plugins/count.ts': pluginFiles['plugins/count.ts'].replace(
      "provide(Recipes, 'count'",
      "provide(Recipes, 'count-up'",
    ),
  });
  const { out } = await project.run(['check', 'count_up', 'log_path=a']);
  expect(out).toContain('recipe    count-up (count 1.2.3)\n');
});

test.for(['raise', 'ask'])(
  'an existing run folder with if_exists=%s is refused, and left as it is',
  async ifExists => {
    using project = new Project({ ...countProject, 'runs/a/note.txt': 'mine' });
    const values = ifExists === 'ask' ? 'resume | overwrite | raise' : 'resume | overwrite';
    const why = ifExists === 'ask' ? '; there is no terminal to ask on' : '';
    expect(await project.run(['run', 'log_path=runs/a', `if_exists=${ifExists}`])).toEqual({
      code: 2,
      out: '',
      error: `error RUN_FOLDER_EXISTS   the run folder exists and is not empty${why}
  at     logPath   log_path=runs/a
  found  PROJECT/runs/a
  try    if_exists=${values}, or another log_path
`,
    });
    expect(project.list('runs')).toEqual(['a', 'a/note.txt']);
  },
);

test('an empty folder counts as new; ~ is the home folder', async () => {
  using project = new Project(countProject);
  mkdirSync(join(project.path, 'runs/a'), { recursive: true });
  expect(await project.run(['run', 'log_path=~/runs/a'])).toMatchObject({
    code: 0,
    out: 'done   PROJECT/runs/a\n',
  });
});

test('overwrite removes a run, and nothing that is none or that somebody works in', async () => {
  using project = new Project({
    ...countProject,
    'precious/note.txt': 'mine',
    'runs/a/note.txt': 'old',
    'runs/a/config.json': '{"recorded":{}}',
  });
  expect(await project.run(['run', 'log_path=runs/a', 'behavior_if_log_dir_exists=delete'])).toMatchObject({
    code: 0,
  });
  expect(project.list('runs/a')).not.toContain('note.txt');
  expect(project.list('runs/a')).not.toContain('config.attempt-1.json');

  const refusal = await project.run(['run', 'log_path=precious', 'if_exists=overwrite']);
  expect(refusal).toEqual({
    code: 2,
    out: '',
    error: `error RUN_FOLDER_PROTECTED   the run folder is not overwritten: it has neither checkpoints.jsonl nor the config.json of a run, so it does not look like a run
  at     logPath   log_path=precious
  found  PROJECT/precious
  try    another log_path, or remove the folder yourself
`,
  });
  // A model folder, and the lock of a run that never got further.
  project.write({ 'precious/config.json': '{"model_type":"llama"}', 'precious/run.lock': '{}' });
  expect(await project.run(['run', 'log_path=precious', 'if_exists=overwrite'])).toEqual(refusal);
  project.write({ 'config.json': '{"recorded":{}}', 'deep/x': '' });
  for (const [folder, options] of [
    ['.', {}],
    ['..', { cwd: 'deep' }],
    ['~', { cwd: 'deep', env: { HOME: join(project.path, 'runs') } }],
    ['/', {}],
  ] as const) {
    project.write({ 'runs/config.json': '{}' });
    const { code, error } = await project.run(['run', `log_path=${folder}`, 'if_exists=overwrite'], options);
    expect({ folder, code, error: error.split(':')[0] }).toEqual({
      folder,
      code: 2,
      error: 'error RUN_FOLDER_PROTECTED   the run folder is not overwritten',
    });
  }
  expect(project.has('precious/note.txt') && project.has('runs/a/config.json')).toBe(true);
});

test('a run folder that cannot be written is refused before anything is created', async () => {
  using project = new Project({ ...countProject, 'a-file': '' });
  const before = project.list();
  expect(await project.run(['run', 'log_path=a-file/b/c'])).toEqual({
    code: 2,
    out: '',
    error: `error RUN_FOLDER_UNWRITABLE   the run folder cannot be written: PROJECT/a-file is a file
  at     logPath   log_path=a-file/b/c
  found  PROJECT/a-file/b/c
  try    another log_path
`,
  });
  expect(project.list()).toEqual(before);
});

test('resume goes on after the last checkpoint, keeps the earlier config, and names what has changed', async () => {
  using project = new Project(countProject);
  await project.run(['run', 'log_path=runs/a', 'max_steps=2']);
  const resumed = await project.run([
    'run',
    'log_path=runs/a',
    'if_exists=resume',
    'max_steps=4',
    'group_size=8',
    '--seed',
    '1',
  ]);
  expect(resumed).toEqual({
    code: 0,
    out: 'done   PROJECT/runs/a\n',
    error:
      'warning  these differ from the run that is resumed, where batch N may have been another: seed 0 -> 1, recipe.with.maxSteps 2 -> 4, recipe.with.groupSize 4 -> 8\n',
  });
  expect(rows(project.read('runs/a/metrics.jsonl')).map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  expect(project.read('runs/a/weights/000004')).toBe('4'); // updates, those before the resume included
  expect(JSON.parse(project.read('runs/a/config.attempt-1.json'))).toMatchObject({ seed: 0 });
  expect(JSON.parse(project.read('runs/a/config.json'))).toMatchObject({ seed: 1 });
  expect(project.read('runs/a/logs.log').match(/^tinsmith run/gm)).toHaveLength(2);
});

test('resume refuses settings that make another batch of batch N, names them, and changes nothing', async () => {
  const declaring = countProject['plugins/count.ts'].replace(
    '  options,\n  runName',
    "  options,\n  batchOptions: ['groupSize'],\n  runName",
  );
  using project = new Project({ ...countProject, 'plugins/count.ts': declaring });
  await project.run(['run', 'log_path=runs/a', 'max_steps=2']);
  const before = project.list();
  const other = ['run', 'log_path=runs/a', 'if_exists=resume', 'max_steps=4', 'group_size=8', '--seed', '1'];
  expect(await project.run(other)).toEqual({
    code: 2,
    out: '',
    error: `error RUN_CONFIG_CHANGED   the run cannot go on with other data: what batch N is has changed since its last checkpoint
  at     logPath   log_path=runs/a
  found  seed 0 -> 1, recipe.with.groupSize 4 -> 8
  try    the earlier values, or another log_path for a new run
`,
  });
  expect(project.list()).toEqual(before);
  const more = await project.run(['run', 'log_path=runs/a', 'if_exists=resume', 'max_steps=4']);
  expect(more.error).toBe(
    'warning  these differ from the run that is resumed: recipe.with.maxSteps 2 -> 4\n',
  );
});

test('a checkpoint that a row points to is not overwritten by one of the same name', async () => {
  using project = new Project(countProject);
  await project.run(['run', 'log_path=runs/a', 'max_steps=1']);
  project.write({
    'runs/a/checkpoints.jsonl': '{"name":"000001","batch":0,"state_path":"weights/000001","mine":"kept"}\n',
    'runs/a/weights/000001': '0',
  });
  await project.run(['run', 'log_path=runs/a', 'if_exists=resume', 'max_steps=1']);
  expect(rows(project.read('runs/a/checkpoints.jsonl'))).toMatchObject([
    { name: '000001', batch: 0, state_path: 'weights/000001', mine: 'kept' },
    { name: '000001', batch: 1, state_path: 'weights/000001-2', sampler_path: 'sampler_weights/000001-2' },
  ]);
  expect(project.read('runs/a/weights/000001')).toBe('0');
});

test('checkpoints that cannot be read stop a resume, with the line', async () => {
  using project = new Project({
    ...countProject,
    'runs/a/checkpoints.jsonl': '{"name":"a","batch":1}\n{"nam\n{"name":"b","batch":2}\n',
  });
  expect(await project.run(['run', 'log_path=runs/a', 'if_exists=resume'])).toEqual({
    code: 2,
    out: '',
    error: `error CHECKPOINTS_UNREADABLE   this line is no checkpoint row: an object with name and batch
  at     PROJECT/runs/a/checkpoints.jsonl:2
  found  {"nam
  try    remove the line, or give another log_path
`,
  });
  expect(project.list('runs/a')).toEqual(['checkpoints.jsonl']);
});

test('a run that fails prints the message, the log with the stack, and how to go on; the resume works', async () => {
  using project = new Project(countProject);
  expect(await project.run(['run', 'log_path=runs/a', 'throw_at=1'])).toEqual({
    code: 1,
    out: '',
    error: `error RUN_FAILED   the dice fell off the table
  log    PROJECT/runs/a/logs.log
  go on  npx tinsmith run --config PROJECT/runs/a/config.json --log-path PROJECT/runs/a --if-exists resume
`,
  });
  expect(project.read('runs/a/logs.log')).toMatch(/Error: the dice fell off the table\n +at .*count\.ts:\d+/);
  expect(project.read('runs/a/disposed.txt')).toBe('engine\n');
  const args = `run --config ${project.path}/runs/a/config.json --log-path ${project.path}/runs/a --if-exists resume`;
  const resumed = await project.run([...args.split(' '), 'throw_at=None']);
  expect(resumed).toMatchObject({ code: 0, out: 'done   PROJECT/runs/a\n' });
  expect(rows(project.read('runs/a/metrics.jsonl')).map(({ step }) => step)).toEqual([0, 1, 2]);
});

/** A plugin in a file of its own, added to the project that counts. */
function withPlugin(setup: string): Readonly<Record<string, string>> {
  return {
    ...countProject,
    'tinsmith.config.yaml': config.replace('plugins:\n', 'plugins:\n  - ./extra.ts\n'),
    'extra.ts': `
import * as core from '@tinsmith/core';
export default core.definePlugin({ name: 'extra', version: '0.0.0', setup({ hook, provide }) { ${setup} } });
`,
  };
}

test('a failure that a plugin names is shown as it is; run:end is emitted and the rest is disposed', async () => {
  using project = new Project(
    withPlugin(`
      hook(core.RunStart, () => { throw new Error('not on a Sunday'); });
      hook(core.RunEnd, ({ outcome }) => console.log('ended', outcome));
    `),
  );
  expect(await project.run(['run', 'log_path=runs/a'])).toEqual({
    code: 1,
    out: 'ended failed\n',
    error: `error HOOK_FAILED   extra: a handler of the hook "run:start" failed: not on a Sunday
  log    PROJECT/runs/a/logs.log
  go on  npx tinsmith run --config PROJECT/runs/a/config.json --log-path PROJECT/runs/a --if-exists resume
`,
  });
});

test('an error that nobody caught, and a rejection that nobody handled, end the run as a failure', async () => {
  for (const late of [
    `throw new Error('out of nowhere');`,
    `void Promise.reject(new Error('out of nowhere'));`,
  ]) {
    using project = new Project(
      withPlugin(`hook(core.RunStart, () => void setTimeout(() => { ${late} }, 1));`),
    );
    const { code, error } = await project.runAlone(['run', 'log_path=runs/a', 'milliseconds=30000']);
    expect({ code, first: error.split('\n')[0] }).toEqual({
      code: 1,
      first: 'error RUN_FAILED   out of nowhere',
    });
    expect(project.read('runs/a/logs.log')).toContain('failed\n');
  }
});

test('an error that comes before the run begins, or after its end, is not lost', async () => {
  using early = new Project(withPlugin(''));
  early.write({
    'extra.ts': `setTimeout(() => { throw new Error('too soon'); }); await new Promise(resolve => setTimeout(resolve, 20));\n${early.read('extra.ts')}`,
  });
  const before = await early.runAlone(['run', 'log_path=runs/a']);
  expect({ code: before.code, first: before.error.split('\n')[0] }).toEqual({
    code: 1,
    first: 'error UNEXPECTED   too soon',
  });
  expect(early.has('runs')).toBe(false);

  using late = new Project(
    withPlugin(`provide(core.MetricSinks, {
      create: () => ({ write: async () => {} }),
      dispose: () => new Promise(resolve => { setTimeout(resolve, 20); setTimeout(() => { throw new Error('too late'); }); }),
    });`),
  );
  const after = await late.runAlone(['run', 'log_path=runs/a']);
  expect(after).toMatchObject({ code: 1, out: 'done   PROJECT/runs/a\n' });
  expect(after.error.split('\n')[0]).toBe('error LATE_FAILURE   after the end of the run: too late');
});

test('a plugin can end the run: the step is finished, a checkpoint saved, exit code 0', async () => {
  using project = new Project(
    withPlugin(
      `hook(core.RunShouldStop, ({ metrics }) => (metrics['reward/mean'] ?? 0) >= 1 ? { reason: 'good enough' } : undefined);`,
    ),
  );
  expect(await project.run(['run', 'log_path=runs/a', 'max_steps=9'])).toEqual({
    code: 0,
    out: 'stopped (good enough)   PROJECT/runs/a\n',
    error: '',
  });
  expect(rows(project.read('runs/a/checkpoints.jsonl')).at(-1)).toMatchObject({ batch: 2 });
});

test('an answer to "should the run stop?" that is not a reason is an error, not a run that goes on', async () => {
  using project = new Project(withPlugin(`hook(core.RunShouldStop, () => true);`));
  const { code, error } = await project.run(['run', 'log_path=runs/a']);
  expect(code).toBe(1);
  expect(error)
    .toContain(`error HOOK_ANSWER_INVALID   a handler of the hook "run:should-stop" answered something else than why to stop
  found  true
  try    return { reason: '...' } to end the run, or nothing to go on`);
});

test('observers and sinks that fail are reported once on the terminal, each time in the log, and the run goes on', async () => {
  using project = new Project(
    withPlugin(`
      hook(core.StepEnd, () => { throw new Error('did not like it'); });
      provide(core.MetricSinks, { create: () => ({ write: async () => { throw new Error('disk on fire'); } }) });
    `),
  );
  expect(await project.run(['run', 'log_path=runs/a'])).toEqual({
    code: 0,
    out: 'done   PROJECT/runs/a\n',
    error: `error SINK_FAILED   extra: could not write step 0: disk on fire; the run goes on
error HOOK_FAILED   extra: a handler of the hook "step:end" failed: did not like it
`,
  });
  const log = project.read('runs/a/logs.log');
  expect(log.match(/disk on fire; the run/g)).toHaveLength(3);
  expect(log.match(/failed: did not like it/g)).toHaveLength(3);
});

test('a provider that fails when the run is over is reported, with exit code 1', async () => {
  using project = new Project(
    withPlugin(
      `provide(core.MetricSinks, { create: () => ({ write: async () => {} }), dispose: () => { throw new Error('stuck'); } });`,
    ),
  );
  expect(await project.run(['run', 'log_path=runs/a'])).toEqual({
    code: 1,
    out: 'done   PROJECT/runs/a\n',
    error: `error DISPOSE_FAILED   extra: metric-sink failed to shut down: stuck
  log    PROJECT/runs/a/logs.log
`,
  });
});

test('secrets come from the environment by name, and their values are not written into the run folder', async () => {
  using project = new Project(
    withPlugin(`
      hook(core.RunStart, () => {});
      provide(core.MetricSinks, { deps: { secrets: core.Secrets }, create({ secrets }) {
        const key = secrets.require('SOME_API_KEY');
        return { write: async () => { throw new Error('refused the key ' + key); } };
      } });
    `),
  );
  const missing = await project.run(['run', 'log_path=runs/a']);
  expect(missing.code).toBe(1);
  expect(missing.error).toContain(
    `error SECRET_MISSING   extra: the environment variable SOME_API_KEY is not set\n  try    export SOME_API_KEY=...\n`,
  );

  const key = 'abcdef0123456789';
  expect(await project.run(['run', 'log_path=runs/b'], { env: { SOME_API_KEY: key } })).toMatchObject({
    code: 0,
  });
  const folder = join(project.path, 'runs/b');
  for (const file of readdirSync(folder))
    if (file !== 'weights') expect(project.read(`runs/b/${file}`)).not.toContain(key);
  expect(project.read('runs/b/logs.log')).toContain('refused the key <SOME_API_KEY>');
});

test('wandb_project without a plugin that takes it is one warning', async () => {
  using project = new Project(countProject);
  expect(await project.run(['run', 'log_path=runs/a', '--wandb-project', 'mine'])).toMatchObject({
    code: 0,
    error: 'warning  wandb_project is set, and no plugin of this config sends metrics to Weights & Biases\n',
  });
  expect(JSON.parse(project.read('runs/a/config.json'))).toMatchObject({ wandb_project: 'mine' });
});

test('without any logger a run works', async () => {
  using project = new Project({
    ...countProject,
    'tinsmith.config.yaml': config.replace(/^.*sink.*\n/m, ''),
  });
  expect(await project.run(['run', 'log_path=runs/a'])).toEqual({
    code: 0,
    out: 'done   PROJECT/runs/a\n',
    error: '',
  });
});

test('--version and --help need no project', async () => {
  using project = new Project();
  rmSync(join(project.path, 'package.json'));
  expect(await project.run(['--version'])).toEqual({ code: 0, out: '0.1.0\n', error: '' });
  const help = await project.run(['run', '--help']);
  expect(help.code).toBe(0);
  expect(help.out).toContain('\n  --if-exists ask|resume|overwrite|raise\n');
  expect(help.out).toContain('\n  --seed N              seed of the run\n');
  const overview = (await project.run(['--help'])).out;
  expect(overview).toMatch(/\n {2}check +Checks a config/);
  expect(Math.max(...`${help.out}${overview}`.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
  expect((await project.run([])).code).toBe(2);
  expect(dirname(project.path)).not.toBe(project.path);
});
