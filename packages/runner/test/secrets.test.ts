/** Secrets: where they come from, and that their values are written nowhere. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { config, countProject } from './plugins.js';
import { Project } from './project.js';

const value = 'k3y "with" odd/characters';

/** A plugin that takes a secret as an option, asks for another by name, and is careless with both. */
const careless = {
  'careless.ts': `
import { definePlugin, LineLogged, MetricSinks, RunDirectories, RunStart, Secrets } from '@tinsmith/core';
import { z } from 'zod';
export default definePlugin({
  name: 'careless', version: '1.0.0',
  config: z.object({ apiKey: z.string() }),
  setup({ config, provide, hook }) {
    provide(MetricSinks, {
      deps: { secrets: Secrets, directory: RunDirectories },
      create: ({ secrets, directory }) => ({
        async write({ step }) {
          await directory.append('rows.jsonl', JSON.stringify({ step, key: config.apiKey }));
          await directory.write('last.json', JSON.stringify({ key: secrets.require('OTHER') }));
          throw new Error('refused: ' + config.apiKey + ' and ' + secrets.require('OTHER'));
        },
      }),
    });
    hook(LineLogged, ({ line }) => console.log('line', line));
    hook(RunStart, () => {});
  },
});
`,
  'tinsmith.config.yaml': config.replace(
    'plugins:\n',
    'plugins:\n  - { use: ./careless.ts, with: { apiKey: "${MY_SERVICE}" } }\n',
  ),
};
const env = { MY_SERVICE: value, OTHER: 'another-value' };

test('values of secrets reach neither logs.log nor config.json nor stdout, whatever a plugin does', async () => {
  using project = new Project({
    ...countProject,
    ...careless,
    'plugins/count.ts': countProject['plugins/count.ts'].replace(
      "run.log('counting')",
      "run.log('counting with ' + process.env.MY_SERVICE)",
    ),
  });
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: project.path,
    });
  git('init', '--quiet');
  project.write({ 'notes.txt': 'nothing' });
  git('add', 'notes.txt');
  git('commit', '--quiet', '--message', 'first');
  project.write({ 'notes.txt': `my key is ${value}` });

  const { code, out, error } = await project.run(
    ['run', 'log_path=runs/a', `note_of_mine=1`, 'max_steps=1'],
    { env },
  );
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error).toContain('there is no option "noteOfMine"');

  const run = await project.run(['run', 'log_path=runs/a', 'max_steps=1'], { env });
  expect(run).toMatchObject({ code: 0, out: 'line counting with <MY_SERVICE>\ndone   PROJECT/runs/a\n' });
  expect(run.error).toContain('refused: <MY_SERVICE> and <OTHER>; the run goes on');
  const files = project.list('runs/a').filter(name => !name.startsWith('weights') || name.includes('/'));
  for (const text of [run.out, run.error, ...files.map(name => project.read(`runs/a/${name}`))]) {
    for (const form of [value, JSON.stringify(value).slice(1, -1), env.OTHER])
      expect(text).not.toContain(form);
  }
  expect(files).toEqual(
    expect.arrayContaining(['code.diff', 'config.json', 'last.json', 'logs.log', 'rows.jsonl']),
  );
  expect(project.read('runs/a/logs.log')).toContain('counting with <MY_SERVICE>\n');
  expect(project.read('runs/a/code.diff')).toContain('+my key is <MY_SERVICE>');
  expect(JSON.parse(project.read('runs/a/config.json'))).toMatchObject({
    plugins: [{ with: { apiKey: '${MY_SERVICE}' } }, {}, {}, {}],
  });
  const again = await project.run(['run', '--config', 'runs/a/config.json', 'log_path=runs/b'], { env });
  expect(again.code).toBe(0);
});

async function refused(text: string, args: readonly string[] = []): Promise<string> {
  using project = new Project({ ...countProject, ...careless, 'tinsmith.config.yaml': text });
  const before = project.list();
  const { code, out, error } = await project.run(['run', 'log_path=runs/a', ...args]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(project.list()).toEqual(before);
  return error;
}

test('a variable that is not set is found before anything runs', async () => {
  expect(await refused(careless['tinsmith.config.yaml']))
    .toBe(`error SECRET_MISSING   the environment variable MY_SERVICE is not set
  at     plugins[./careless.ts].with.apiKey   tinsmith.config.yaml:2
  try    export MY_SERVICE=...
`);
});

test('what is no secret is not taken from the environment', async () => {
  const text = config
    .replace('file: metrics.jsonl', 'file: "${HOME}"')
    .replace('maxSteps: 3', 'maxSteps: 3\n    loss: ${LOSS}');
  expect(await refused(text))
    .toContain(`error REFERENCE_REFUSED   only secrets in options of plugins are taken from the environment
  at     recipe.with.loss   tinsmith.config.yaml:10
  found  \${LOSS}
  try    write the value, or give it on the command line
error REFERENCE_REFUSED   only secrets in options of plugins are taken from the environment
  at     plugins[./plugins/sink.js].with.file   tinsmith.config.yaml:4
  found  \${HOME}
  try    write the value, or give it on the command line
`);
});

test('a value that is also a key or a name leaves config.json a config', async () => {
  using project = new Project(countProject);
  const words = { ONE_KEY: 'maxSteps', TWO_KEY: 'file-engine', THREE_KEY: 'metrics.jsonl' };
  expect(await project.run(['run', 'log_path=runs/a', 'name=of-maxSteps'], { env: words })).toMatchObject({
    code: 0,
  });
  expect(JSON.parse(project.read('runs/a/config.json'))).toMatchObject({
    name: 'of-<ONE_KEY>',
    plugins: [{}, {}, { with: { file: '<THREE_KEY>' } }],
    recipe: { with: { maxSteps: 3 } },
    recorded: { versions: { plugins: { 'file-engine': '0.0.1' } } },
  });
});
