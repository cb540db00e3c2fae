/** One copy of @tinsmith/core: a linked checkout gets the runner's, a copy that is loaded all the same is refused. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { config, countProject, pluginFiles } from './plugins.js';
import { Project } from './project.js';

const core = fileURLToPath(new URL('../../core', import.meta.url));

const at = (file: string) => `node_modules/@tinsmith/core/${file}`;

/** A checkout with a sink and a core of its own, outside of the project and linked into it. */
function linkedCheckout(project: Project, change: (checkout: Project) => void = () => {}): Project {
  const checkout = new Project({
    'package.json': '{ "name": "tinsmith-logger-linked", "type": "module", "exports": "./index.js" }',
    'index.js': pluginFiles['plugins/sink.js'].replace("'line-sink'", "'tinsmith-logger-linked'"),
  });
  checkout.remove('node_modules/@tinsmith/core');
  const own = join(checkout.path, 'node_modules/@tinsmith/core');
  for (const part of ['package.json', 'dist']) cpSync(join(core, part), join(own, part), { recursive: true });
  checkout.write({ 'node_modules/@tinsmith/core/node_modules/.keep': '' });
  for (const name of ['tsyringe', 'reflect-metadata']) {
    checkout.link(`@tinsmith/core/node_modules/${name}`, join(core, 'node_modules', name));
  }
  project.link('tinsmith-logger-linked', checkout.path);
  change(checkout);
  return checkout;
}

const linkedConfig = config.replace(
  '{ use: ./plugins/sink.js, with: { file: metrics.jsonl } }',
  'tinsmith-logger-linked',
);

test("a linked checkout with a core of its own runs with the runner's", async () => {
  using project = new Project({ ...countProject, 'tinsmith.config.yaml': linkedConfig });
  using _ = linkedCheckout(project);
  expect(await project.runAlone(['run', 'log_path=runs/a'])).toEqual({
    code: 0,
    out: 'done   PROJECT/runs/a\n',
    error: '',
  });
  expect(project.read('runs/a/metrics.jsonl').split('\n')).toHaveLength(4);
});

test('a plugin that sees no core at all gets it as well', async () => {
  using project = new Project({ ...countProject, 'tinsmith.config.yaml': linkedConfig });
  using _ = linkedCheckout(project, checkout => checkout.remove('node_modules/@tinsmith/core'));
  expect(await project.runAlone(['check', 'log_path=runs/a'])).toMatchObject({ code: 0, error: '' });
});

test('a core of another contract is refused with both files, and nothing is created', async () => {
  using project = new Project({ ...countProject, 'tinsmith.config.yaml': linkedConfig });
  using checkout = linkedCheckout(project, other => {
    const replaced = (file: string, from: string | RegExp, to: string) =>
      other.write({ [at(file)]: other.read(at(file)).replace(from, to) });
    replaced('package.json', '"contract": 1', '"contract": 2');
    replaced('dist/plugin.js', 'CONTRACT = 1', 'CONTRACT = 2');
    replaced('dist/version.js', '0.1.0', '9.0.0');
  });
  const before = project.list();
  const { code, out, error } = await project.runAlone(['run', 'log_path=runs/a']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error.replaceAll(checkout.path, 'CHECKOUT'))
    .toBe(`error CORE_DUPLICATE   this loads a second copy of @tinsmith/core, and plugins of two copies do not see each other
  at     plugins.tinsmith-logger-linked   tinsmith.config.yaml:4
  found  0.1.0 (contract 1) ${core}/dist/instance.js and 9.0.0 (contract 2) CHECKOUT/node_modules/@tinsmith/core/dist/instance.js
  try    a version of the plugin for contract 1, with @tinsmith/core under peerDependencies
`);
  expect(project.list()).toEqual(before);
});

test('a core inside the bundle of a plugin is refused', async () => {
  using project = new Project({
    ...countProject,
    'plugins/sink.js': `
const instances = (globalThis[Symbol.for('tinsmith.core-instances')] ??= []);
instances.push({ version: '0.1.0', contract: 1, file: import.meta.url });
${pluginFiles['plugins/sink.js']}`,
  });
  const { code, error } = await project.runAlone(['check', 'log_path=a']);
  expect({ code, error }).toEqual({
    code: 2,
    error: `error CORE_DUPLICATE   this loads a second copy of @tinsmith/core, and plugins of two copies do not see each other
  at     plugins[./plugins/sink.js]   tinsmith.config.yaml:4
  found  0.1.0 (contract 1) ${core}/dist/instance.js and 0.1.0 (contract 1) PROJECT/plugins/sink.js
  try    keep @tinsmith/core out of the bundle: external in the build, under peerDependencies in package.json
`,
  });
});
