/** Plugins that are wrong: the whole message with the plugin's name, exit code 2, nothing created. */
import { expect, test } from 'vitest';
import { config, countProject } from './plugins.js';
import { Project } from './project.js';

/** A project that would run but for these local plugins, listed before the others from line 2 on. */
function withPlugins(plugins: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const list = Object.keys(plugins).map(name => `  - ./${name}\n`);
  return {
    ...countProject,
    ...plugins,
    'tinsmith.config.yaml': config.replace('plugins:\n', `plugins:\n${list.join('')}`),
  };
}

async function refused(plugins: Readonly<Record<string, string>>): Promise<string> {
  using project = new Project(withPlugins(plugins));
  const before = project.list();
  const { code, out, error } = await project.run(['run', 'log_path=runs/a']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(project.list()).toEqual(before);
  return error;
}

const plugin = (body: string, before = '') =>
  `import * as core from '@tinsmith/core';\n${before}\nexport default core.definePlugin({ version: '1.0.0', ${body} });\n`;

test('a plugin without a default export', async () => {
  expect(await refused({ 'a.ts': 'export const plugin = 1;\n' }))
    .toBe(`error PLUGIN_INVALID   "./a.ts" is not a plugin
  at     plugins[./a.ts]   tinsmith.config.yaml:2
  found  no default export
  try    export default definePlugin({ ... })
`);
});

const other = (contract: number) => `
import { definePlugin } from '@tinsmith/core';
export default Object.assign(definePlugin({ name: 'other', version: '1.0.0', setup() {} }), { contract: ${contract} });
`;

test('a plugin of another contract', async () => {
  expect(await refused({ 'a.ts': other(2) }))
    .toBe(`error CONTRACT_UNSUPPORTED   other: speaks another plugin contract than this version of Tinsmith
  at     plugins[./a.ts]   tinsmith.config.yaml:2
  found  contract 2; this version speaks 1
  try    update tinsmith and @tinsmith/core
`);
  expect(await refused({ 'a.ts': other(0) })).toContain('  try    update other\n');
});

test('plugins that want to come before each other', async () => {
  const files = {
    'a.ts': plugin(`name: 'a', requires: ['b'], setup() {}`),
    'b.ts': plugin(`name: 'b', after: ['a'], setup() {}`),
  };
  expect(await refused(files)).toBe(`error PLUGIN_CYCLE   a: plugins want to come before each other
  at     plugins[./a.ts]   tinsmith.config.yaml:2
  found  a -> b -> a
  try    remove one of them from \`plugins\`, or tell its author to drop \`requires\` or \`after\`
`);
});

test('providers that need each other', async () => {
  const file = plugin(
    `name: 'knot', setup({ provide }) {
      provide(A, { deps: { b: B }, create: () => 1 });
      provide(B, { deps: { a: A }, create: () => 1 });
    }`,
    `const A = core.one<number>('a'), B = core.one<number>('b');`,
  );
  expect(await refused({ 'knot.ts': file }))
    .toBe(`error PROVIDER_CYCLE   knot: providers need each other, so none can be created first
  at     plugins[./knot.ts]   tinsmith.config.yaml:2
  found  a (knot) -> b (knot) -> a (knot)
  try    remove one of the plugins, or one of their \`deps\`
`);
});

test('two providers of one name, and a provider that needs what nobody provides', async () => {
  const file = plugin(`name: 'second', setup({ provide }) {
    provide(core.Engines, 'files', { create: () => { throw new Error('created'); } });
    provide(core.MetricSinks, { deps: { clock: core.one('clock') }, create: () => { throw new Error('created'); } });
  }`);
  expect(await refused({ 'second.ts': file }))
    .toBe(`error PROVIDER_DUPLICATE   2 plugins provide engine "files", and only one may
  at     plugins   tinsmith.config.yaml:1
  found  second, file-engine
  try    keep one of them in \`plugins\`
error PROVIDER_MISSING   second: metric-sink needs clock, and no plugin provides it
  at     plugins[./second.ts]   tinsmith.config.yaml:2
  try    add a plugin that provides clock
`);
});

test('a plugin whose setup throws, with all other problems and without those that follow from it', async () => {
  const files = {
    'a.ts': plugin(`name: 'a', setup() { throw new Error('no bed for the night'); }`),
    'b.ts': plugin(`name: 'b', requires: ['a'], setup() {}`),
    'c.ts': plugin(`name: 'c', requires: ['nobody'], setup() {}`),
  };
  expect(await refused(files))
    .toBe(`error PLUGIN_MISSING   c: needs the plugin "nobody", which is not in \`plugins\`
  at     plugins[./c.ts]   tinsmith.config.yaml:4
  try    add "nobody" to \`plugins\`
error SETUP_FAILED   a: failed in setup: no bed for the night
  at     plugins[./a.ts]   tinsmith.config.yaml:2
`);
});

test('a plugin that registers after its setup is told so, without a stack', async () => {
  const late = plugin(`name: 'late', setup({ provide }) {
    queueMicrotask(() => provide(core.MetricSinks, { create: () => ({ write: async () => {} }) }));
  }`);
  using project = new Project(withPlugins({ 'late.ts': late }));
  const before = project.list();
  for (const command of ['check', 'run']) {
    expect(await project.runAlone([command, 'log_path=runs/a'])).toEqual({
      code: 2,
      out: '',
      error: `error SETUP_OVER   late: called provide after its setup had returned
  try    register everything in setup; decide later in what is registered
`,
    });
  }
  expect(project.list()).toEqual(before);
});

test('a plugin that is faulty is set up once, and its recipe is not said to be missing', async () => {
  const file = plugin(
    `name: 'noisy', config: z.object({ volume: z.number() }), setup() { console.log('set up'); }`,
    `import { z } from 'zod';`,
  );
  expect(await refused({ 'noisy.ts': file })).toBe(`error OPTION_MISSING   noisy: "volume" is missing
  at     plugins[./noisy.ts].with.volume   tinsmith.config.yaml:2
  try    add volume: a number
`);
});

test('a provider that cannot be created ends the run; all that were created are disposed, last in first out, each once', async () => {
  using project = new Project(
    withPlugins({
      'chain.ts': plugin(
        `name: 'chain', setup({ provide }) {
          provide(A, { create: () => 'a', dispose: value => { console.log('dispose', value); } });
          provide(B, { deps: { a: A }, create: () => 'b', dispose: value => { console.log('dispose', value); throw new Error('stuck'); } });
          provide(core.MetricSinks, { deps: { b: B }, create: () => ({ write: async () => {} }), dispose: () => console.log('dispose sink') });
        }`,
        `const A = core.one<string>('a'), B = core.one<string>('b');`,
      ),
      'broken.ts': plugin(`name: 'broken', setup({ provide }) {
        provide(core.MetricSinks, { deps: { b: core.one('b') }, create() { throw new Error('no paper'); } });
      }`),
    }),
  );
  const { code, out, error } = await project.run(['run', 'log_path=runs/a']);
  expect({ code, out: out.split('\n') }).toEqual({
    code: 1,
    out: ['dispose sink', 'dispose b', 'dispose a', ''],
  });
  expect(error).toBe(`error PROVIDER_FAILED   broken: could not create metric-sink: no paper
error DISPOSE_FAILED   chain: b failed to shut down: stuck
  log    PROJECT/runs/a/logs.log
  go on  npx tinsmith run --config PROJECT/runs/a/config.json --log-path PROJECT/runs/a --if-exists resume
`);
});

test('a run folder that another run has is refused', async () => {
  using project = new Project(countProject);
  const first = project.start(['run', 'log_path=runs/a', 'milliseconds=60000']);
  const exited = new Promise(resolve => first.once('exit', resolve));
  while (!project.has('runs/a/run.lock')) await new Promise(resolve => setTimeout(resolve, 5));
  for (const ifExists of ['resume', 'overwrite']) {
    const { code, out, error } = await project.run(['run', 'log_path=runs/a', `if_exists=${ifExists}`]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toMatch(
      new RegExp(`^error RUN_FOLDER_BUSY   another run that is still going on has the run folder
  at     logPath   log_path=runs/a
  found  PROJECT/runs/a: process ${first.pid}, since \\S+
  try    another log_path
$`),
    );
  }
  first.kill('SIGKILL');
  await exited;
  project.write({ 'runs/a/config.json.123.tmp': '{' }); // as if it had been killed while it wrote its first file
  if (project.has('runs/a/config.json')) project.remove('runs/a/config.json');
  expect(await project.run(['run', 'log_path=runs/a', 'if_exists=overwrite'])).toMatchObject({
    code: 0,
    error: '',
  });
  expect(project.has('runs/a/run.lock')).toBe(false);
});

test('a schema that throws is a problem of its plugin', async () => {
  const throwing = "config: z.object({}).transform(() => { throw new Error('no luck'); })";
  expect(
    await refused({ 'a.ts': plugin(`name: 'a', ${throwing}, setup() {}`, "import { z } from 'zod';") }),
  ).toContain(
    'error OPTIONS_FAILED   a: its options cannot be checked: no luck\n  at     plugins[./a.ts].with',
  );
});

test.for([
  [
    'saveEvery: z.int().positive().default(1)',
    "saveEvery: z.preprocess(() => { throw new Error('no luck'); }, z.int())",
    'OPTIONS_FAILED',
  ],
  ['runName: (', "runName: () => { throw new Error('no luck'); }, unused: (", 'RUN_NAME_FAILED'],
] as const)('a recipe whose own code throws is named: %s', async ([from, to, code]) => {
  const count = countProject['plugins/count.ts'];
  using project = new Project({ ...countProject, 'plugins/count.ts': count.replace(from, to) });
  const { code: exit, error } = await project.runAlone(['check']);
  expect({ exit, error }).toEqual({
    exit: 2,
    error: expect.stringMatching(new RegExp(`^error ${code}   count: .*no luck\n`)),
  });
});

test('options of a program that contain themselves do no harm', async () => {
  using project = new Project({
    ...countProject,
    'tinsmith.config.yaml': '',
    'cyclic.config.ts': `
import { definePlugin } from '@tinsmith/core';
import { z } from 'zod';
const own: Record<string, unknown> = { text: 'x' };
own.self = { list: [own] };
const a = definePlugin({ name: 'a', version: '1.0.0', config: z.looseObject({}), setup() {} });
export default {
  plugins: ['./plugins/count.ts', './plugins/engine.js', a(own)],
  recipe: { use: 'count', with: { engine: 'files', maxSteps: 1, ...process.env.WRONG && { loss: own } } },
};
`,
  });
  const args = ['run', '--config', 'cyclic.config.ts', 'log_path=runs/a'];
  expect(await project.runAlone(args)).toMatchObject({ code: 0, error: '' });
  expect((await project.runAlone(args, { env: { WRONG: '1' } })).error).toMatch(
    /OPTION_INVALID.*"loss" must be/,
  );
});
