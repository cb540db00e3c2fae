import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  definePlugin,
  first,
  formatError,
  many,
  named,
  one,
  optional,
  parallel,
  problemsOf,
  sequential,
  waterfall,
  type TinsmithError,
} from '../index.js';
import { Kernel } from './kernel.js';

interface Thing {
  readonly id: string;
}
const Clock = one<Thing>('clock');
const Sinks = many<Thing>('sink');
const Engines = named<Thing>('engine');
const version = '1.0.0';

/** A plugin that provides one thing and writes what happens to it. */
function providing(token: typeof Clock | typeof Sinks, id: string, log: string[] = [], deps = {}) {
  return definePlugin({
    name: id,
    version,
    setup: ({ provide }) =>
      provide(token, {
        deps,
        create: () => (log.push(`create ${id}`), { id }),
        dispose: () => void log.push(`dispose ${id}`),
      }),
  });
}

const problems = (boot: Promise<Kernel>): Promise<readonly TinsmithError[]> =>
  boot.then(() => [], problemsOf);
const codes = async (boot: Promise<Kernel>) => (await problems(boot)).map(problem => problem.code);

test('an optional dependency is undefined without a provider, and created before what depends on it', async () => {
  const Greeting = one<{ readonly text: string }>('greeting');
  const greeting = definePlugin({
    name: 'greeting',
    version,
    setup: ({ provide }) =>
      provide(Greeting, {
        deps: { clock: optional(Clock) },
        create: ({ clock }) => ({ text: clock?.id ?? 'no clock' }),
      }),
  });
  await using alone = await Kernel.boot([greeting()]);
  expect(await alone.get(Greeting)).toEqual({ text: 'no clock' });
  await using together = await Kernel.boot([greeting(), providing(Clock, 'clock')()]);
  expect(await together.get(Greeting)).toEqual({ text: 'clock' });
});

test('creates a value once, on first use, after its dependencies, and disposes last in first out', async () => {
  const log: string[] = [];
  const kernel = await Kernel.boot([
    providing(Sinks, 'sink-a', log, { clock: Clock })(),
    providing(Sinks, 'sink-b', log, { clock: Clock })(),
    providing(Clock, 'clock', log)(),
  ]);
  expect(log).toEqual([]);
  expect((await kernel.get(Sinks)).map(sink => sink.id)).toEqual(['sink-a', 'sink-b']);
  await kernel.get(Sinks);
  await kernel.dispose();
  await kernel.dispose();
  expect(log).toEqual([
    'create clock',
    'create sink-a',
    'create sink-b',
    'dispose sink-b',
    'dispose sink-a',
    'dispose clock',
  ]);
});

test('disposes what was created when a later creation fails, and names the plugin that failed', async () => {
  const log: string[] = [];
  const failing = definePlugin({
    name: 'failing',
    version,
    setup: ({ provide }) =>
      provide(Sinks, {
        deps: { clock: Clock },
        create: () => {
          throw new Error('no disk');
        },
      }),
  });
  const kernel = await Kernel.boot([providing(Clock, 'clock', log)(), failing()]);
  await expect(kernel.get(Sinks)).rejects.toMatchObject({ code: 'PROVIDER_FAILED', plugin: 'failing' });
  await kernel.dispose();
  expect(log).toEqual(['create clock', 'dispose clock']);
});

test('goes on disposing after a failure and reports it with its plugin', async () => {
  const log: string[] = [];
  const failing = definePlugin({
    name: 'failing',
    version,
    setup: ({ provide }) =>
      provide(Sinks, {
        deps: { clock: Clock },
        create: () => ({ id: 'x' }),
        dispose: () => Promise.reject(new Error('stuck')),
      }),
  });
  const kernel = await Kernel.boot([providing(Clock, 'clock', log)(), failing()]);
  await kernel.get(Sinks);
  const error: unknown = await kernel.dispose().catch((e: unknown) => e);
  expect(problemsOf(error)).toMatchObject([{ code: 'DISPOSE_FAILED', plugin: 'failing' }]);
  expect(log).toEqual(['create clock', 'dispose clock']);
});

test('reports all problems together and creates nothing', async () => {
  const log: string[] = [];
  const configured = definePlugin({
    name: 'configured',
    version,
    config: z.strictObject({ file: z.string() }),
    setup() {},
  });
  const boot = Kernel.boot([
    providing(Clock, 'clock-a', log)(),
    providing(Clock, 'clock-b', log)(),
    configured({ file: 3 as unknown as string }),
    definePlugin({ name: 'needy', version, requires: ['absent'], setup() {} })(),
    definePlugin({ name: 'old', version, setup() {} })(),
    { ...definePlugin({ name: 'future', version, setup() {} })(), contract: 99 },
    definePlugin({
      name: 'throws',
      version,
      setup() {
        throw new Error('oops');
      },
    })(),
  ]);
  expect((await codes(boot)).toSorted()).toEqual([
    'CONTRACT_UNSUPPORTED',
    'OPTION_INVALID',
    'PLUGIN_MISSING',
    'PROVIDER_DUPLICATE',
    'SETUP_FAILED',
  ]);
  expect(log).toEqual([]);
});

test('the very same provider, brought along by two plugins, is one', async () => {
  let created = 0;
  const shared = { create: () => ({ id: String(created++) }) };
  const bringing = (name: string) =>
    definePlugin({ name, version, setup: ({ provide }) => provide(Clock, shared) })();
  await using kernel = await Kernel.boot([bringing('a'), bringing('b')]);
  expect(kernel.offers(Clock).map(({ plugin }) => plugin)).toEqual(['a']);
  expect(await kernel.get(Clock)).toEqual({ id: '0' });
});

test('names a missing provider, and a cycle with its members', async () => {
  expect(await codes(Kernel.boot([providing(Sinks, 'sink', [], { clock: Clock })()]))).toEqual([
    'PROVIDER_MISSING',
  ]);
  const A = one<Thing>('a');
  const B = one<Thing>('b');
  const [cycle] = await problems(
    Kernel.boot([providing(A, 'plugin-a', [], { b: B })(), providing(B, 'plugin-b', [], { a: A })()]),
  );
  expect(cycle).toMatchObject({
    code: 'PROVIDER_CYCLE',
    found: 'a (plugin-a) -> b (plugin-b) -> a (plugin-a)',
  });
});

test('options of a plugin that takes none are refused', async () => {
  const plain = definePlugin({ name: 'plain', version, setup() {} });
  expect(await codes(Kernel.boot([{ ...plain(), options: { x: 1 } }]))).toEqual(['OPTION_UNKNOWN']);
});

test('a named token is a registry: names, look-up, and an error with what there is', async () => {
  const engines = definePlugin({
    name: '@tinsmith/engine-x',
    version,
    setup: ({ provide }) => provide(Engines, 'local', { create: () => ({ id: 'local' }) }),
  });
  await using kernel = await Kernel.boot([engines()]);
  const registry = kernel.registry(Engines);
  expect(registry.names()).toEqual(['local']);
  expect(await registry.get('local')).toEqual({ id: 'local' });
  const error = await registry.get('locl').catch((e: unknown) => e);
  expect(problemsOf(error).map(formatError)).toEqual([
    'error PROVIDER_MISSING   nothing provides engine "locl"\n  found  "local" (@tinsmith/engine-x)\n  try    engine: local',
  ]);
});

test('a provider is found by its aliases, where none has the name itself', async () => {
  const engines = definePlugin({
    name: '@tinsmith/engine-x',
    version,
    setup({ provide }) {
      provide(Engines, 'local', { aliases: ['embedded', 'remote'], create: () => ({ id: 'local' }) });
      provide(Engines, 'remote', { create: () => ({ id: 'remote' }) });
    },
  });
  await using kernel = await Kernel.boot([engines()]);
  const registry = kernel.registry(Engines);
  expect(registry.names()).toEqual(['local', 'remote']);
  expect([registry.has('embedded'), registry.has('other')]).toEqual([true, false]);
  expect(await registry.get('embedded')).toBe(await registry.get('local'));
  expect(await registry.get('remote')).toEqual({ id: 'remote' });
});

test('plugins are set up in config order, changed by `after` and `requires`, and a cycle of them is an error', async () => {
  const order: string[] = [];
  const plugin = (name: string, extra: { after?: string[]; requires?: string[] } = {}) =>
    definePlugin({ name, version, ...extra, setup: () => void order.push(name) })();
  await Kernel.boot([plugin('a', { after: ['c', 'not-there'] }), plugin('b'), plugin('c')]);
  expect(order).toEqual(['c', 'a', 'b']);
  expect(await codes(Kernel.boot([plugin('a', { after: ['b'] }), plugin('b', { requires: ['a'] })]))).toEqual(
    ['PLUGIN_CYCLE'],
  );
  expect(await codes(Kernel.boot([plugin('a'), plugin('a')]))).toEqual(['PLUGIN_REPEATED']);
});

const Sequential = sequential<{ step: number }>('s');
const Observed = parallel<{ step: number }>('p');
const Value = waterfall<number, { step: number }>('w');
const Question = first<{ step: number }, string>('f');

test('hooks run in the order of plugins, pre before and post after, with the meaning of their kind', async () => {
  const log: string[] = [];
  const listener = (name: string, order?: 'pre' | 'post') =>
    definePlugin({
      name,
      version,
      setup({ hook }) {
        hook(Sequential, () => void log.push(name), order ? { order } : {});
        hook(Value, value => value * 10 + Number(name));
        hook(Question, () => (name === '2' ? 'two' : undefined));
        hook(Observed, () => {
          throw new Error(`observer ${name}`);
        });
      },
    })();
  const kernel = await Kernel.boot([listener('1', 'post'), listener('2'), listener('3', 'pre')]);
  await kernel.hooks.emit(Sequential, { step: 0 });
  expect(log).toEqual(['3', '2', '1']);
  expect(await kernel.hooks.transform(Value, 0, { step: 0 })).toBe(123);
  expect(await kernel.hooks.ask(Question, { step: 0 })).toBe('two');
  await kernel.hooks.emit(Observed, { step: 0 });
  expect(kernel.problems.map(problem => problem.message)).toEqual(
    ['1', '2', '3'].map(n => `a handler of the hook "p" failed: observer ${n}`),
  );
});

test('a provider tells observers what happens, and what they throw is recorded', async () => {
  const Told = parallel<{ readonly what: string }>('told');
  const heard: string[] = [];
  const teller = definePlugin({
    name: 'teller',
    version,
    setup: ({ provide, emit }) =>
      provide(Clock, {
        create: () => {
          emit(Told, { what: 'created' });
          return { id: 'clock' };
        },
      }),
  });
  const listener = definePlugin({
    name: 'listener',
    version,
    setup: ({ hook }) =>
      hook(Told, ({ what }) => {
        heard.push(what);
        throw new Error('deaf');
      }),
  });
  await using kernel = await Kernel.boot([teller(), listener()]);
  await kernel.get(Clock);
  await new Promise(setImmediate);
  expect(heard).toEqual(['created']);
  expect(kernel.problems.map(({ message }) => message)).toEqual([
    'a handler of the hook "told" failed: deaf',
  ]);
});

test('a throw in a hook that is not an observer ends the emit and names the plugin; a waterfall must return', async () => {
  const broken = definePlugin({
    name: 'broken',
    version,
    setup({ hook }) {
      hook(Sequential, () => Promise.reject(new Error('no')));
      hook(Value, () => undefined as unknown as number);
    },
  });
  const kernel = await Kernel.boot([broken()]);
  await expect(kernel.hooks.emit(Sequential, { step: 0 })).rejects.toMatchObject({
    code: 'HOOK_FAILED',
    plugin: 'broken',
  });
  await expect(kernel.hooks.transform(Value, 1, { step: 0 })).rejects.toMatchObject({ code: 'HOOK_FAILED' });
});

test('two runs in one process share nothing', async () => {
  const log: string[] = [];
  const plugins = [providing(Clock, 'clock', log)()];
  await using a = await Kernel.boot(plugins);
  await using b = await Kernel.boot(plugins);
  expect(await a.get(Clock)).not.toBe(await b.get(Clock));
});
