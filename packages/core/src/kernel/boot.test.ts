/** What booting reports, and what it leaves behind when a plugin is wrong. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  definePlugin,
  formatError,
  many,
  named,
  one,
  problemsOf,
  sequential,
  TinsmithError,
  type AnyPluginDefinition,
} from '../index.js';
import { Kernel } from './kernel.js';

interface Thing {
  readonly id: string;
}
const Clock = one<Thing>('clock');
const Sinks = many<Thing>('sink');
const Engines = named<Thing>('engine');
const Stepped = sequential<{ readonly step: number }>('stepped');
const version = '1.0.0';
const create = () => ({ id: 'x' });

const plugin = (name: string, details: Partial<AnyPluginDefinition>) =>
  definePlugin({ name, version, setup() {}, ...details })();

test('what follows from a faulty plugin is no problem of its own, and setup runs once', async () => {
  let setups = 0;
  const clock = definePlugin({
    name: 'clock',
    version,
    config: z.strictObject({ file: z.string() }),
    setup: ({ provide }) => provide(Clock, { create }),
  });
  const needy = plugin('needy', {
    requires: ['clock'],
    setup({ provide }) {
      setups++;
      provide(Sinks, { deps: { clock: Clock }, create });
    },
  });
  const { problems, complete, kernel } = await Kernel.assemble([clock({ file: 1 as never }), needy]);
  expect(problems.map(formatError)).toEqual([
    'error OPTION_INVALID   clock: "file" must be a text\n  at     plugins.clock.with.file\n  found  1',
  ]);
  expect({ complete, setups, offers: kernel.offers().map(offer => offer.plugin) }).toEqual({
    complete: false,
    setups: 1,
    offers: ['needy'],
  });
});

test('what plugins that are not in the list might provide is not missing', async () => {
  const needy = plugin('needy', {
    requires: ['absent'],
    setup: ({ provide }) => provide(Sinks, { deps: { clock: Clock }, create }),
  });
  expect((await Kernel.assemble([needy], { complete: false })).problems).toEqual([]);
  expect((await Kernel.assemble([needy])).problems).toHaveLength(1);
});

test('a setup that fails half-way, or that is asynchronous, leaves nothing behind', async () => {
  const half = plugin('half', {
    setup({ provide, hook }) {
      provide(Clock, { create });
      hook(Stepped, () => {});
      throw new Error('oops');
    },
  });
  const late = plugin('late', {
    setup: () => Promise.reject(new Error('nobody hears this')) as unknown as void,
  });
  const { kernel, problems } = await Kernel.assemble([half, late]);
  expect(problems.map(problem => [problem.plugin, problem.message])).toEqual([
    ['half', 'failed in setup: oops'],
    ['late', 'failed in setup: it returned a promise, and must be done when it returns'],
  ]);
  expect([kernel.offers(), kernel.listeners()]).toEqual([[], []]);
});

test('plugins that want to come before each other are named, once', async () => {
  const boot = Kernel.boot([
    plugin('a', { requires: ['b'] }),
    plugin('b', { after: ['c'] }),
    plugin('c', { after: ['a'] }),
  ]);
  const problems = problemsOf(await boot.catch((error: unknown) => error));
  expect(problems).toMatchObject([{ code: 'PLUGIN_CYCLE', plugin: 'a', found: 'a -> b -> c -> a' }]);
});

test('an error of ours that a provider throws gets the name of its plugin', async () => {
  const failing = plugin('p', {
    setup({ provide }) {
      provide(Clock, {
        create: () => {
          throw new TinsmithError({ code: 'SECRET_MISSING', message: 'no key', fix: 'export KEY=...' });
        },
      });
    },
  });
  await using kernel = await Kernel.boot([failing]);
  await expect(kernel.get(Clock)).rejects.toMatchObject({
    code: 'SECRET_MISSING',
    plugin: 'p',
    fix: 'export KEY=...',
  });
});

test('says who listens in which order, and what is needed', async () => {
  const listener = (name: string, order?: 'pre' | 'post') =>
    plugin(name, { setup: ({ hook }) => hook(Stepped, () => void name, order ? { order } : {}) });
  const tidy = plugin('sink', {
    setup: ({ provide }) => provide(Sinks, { deps: { clock: Clock }, create }),
  });
  await using kernel = await Kernel.boot([
    listener('last', 'post'),
    listener('middle'),
    listener('first', 'pre'),
    plugin('clock', { setup: ({ provide }) => provide(Clock, { create }) }),
    tidy,
  ]);
  expect(kernel.listeners().map(tap => [tap.hook.id, tap.plugin, tap.order])).toEqual([
    ['stepped', 'first', 'pre'],
    ['stepped', 'middle', undefined],
    ['stepped', 'last', 'post'],
  ]);
  expect([kernel.isNeeded(Clock), kernel.isNeeded(Engines)]).toEqual([true, false]);
});
