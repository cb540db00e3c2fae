/** What comes too late: registering after setup, creating and disposing past the end. Time is the test's own. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  definePlugin,
  formatError,
  many,
  one,
  problemsOf,
  sequential,
  type PluginContext,
} from '../index.js';
import { Kernel } from './kernel.js';

interface Thing {
  readonly id: string;
}
const Clock = one<Thing>('clock');
const Sinks = many<Thing>('sink');
const Stepped = sequential<{ readonly step: number }>('stepped');
const version = '1.0.0';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function refusal(body: () => void): string | undefined {
  try {
    body();
    return undefined;
  } catch (error) {
    return problemsOf(error).map(formatError)[0];
  }
}

const messages = async (work: Promise<unknown>) =>
  work.then(
    () => [],
    (error: unknown) => problemsOf(error).map(formatError),
  );

/** Lets time pass while the work goes on. */
async function after<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await vi.advanceTimersByTimeAsync(milliseconds);
  return work;
}

test('what a plugin registers after its setup is refused, not dropped in silence', async () => {
  let kept: PluginContext<object> | undefined;
  const plugin = definePlugin({ name: 'late', version, setup: context => void (kept = context) });
  await using kernel = await Kernel.boot([plugin()]);
  const { provide, hook } = kept!;
  expect(refusal(() => provide(Clock, { create: () => ({ id: 'x' }) }))).toBe(
    'error SETUP_OVER   late: called provide after its setup had returned\n' +
      '  try    register everything in setup; decide later in what is registered',
  );
  expect(refusal(() => hook(Stepped, () => {}))).toContain('late: called hook after its setup had returned');
  expect(kernel.offers(Clock)).toEqual([]);
});

test('a value that is never created does not hold up the end: its plugin is named, the others are disposed', async () => {
  const disposed: string[] = [];
  const dispose = ({ id }: Thing) => void disposed.push(id);
  const stuck = Promise.withResolvers<Thing>();
  const plugin = definePlugin({
    name: 'slow',
    version,
    setup({ provide }) {
      provide(Clock, { create: () => stuck.promise, dispose });
      provide(Sinks, { create: () => ({ id: 'quick' }), dispose });
      provide(Sinks, { deps: { clock: Clock }, create: ({ clock }) => clock }); // waits for the clock: not to blame
    },
  });
  const kernel = await Kernel.boot([plugin()]);
  kernel.get(Sinks).catch(() => {});
  expect(await after(10_000, messages(kernel.dispose()))).toEqual([
    'error LEFT_BEHIND   slow: clock was not created within 10 s and is left behind',
  ]);
  expect(disposed).toEqual(['quick']);

  stuck.resolve({ id: 'late' });
  await vi.advanceTimersByTimeAsync(0);
  expect(disposed).toEqual(['quick', 'late']); // comes when nobody can use it: gone at once, and once
});

test('a value that does not shut down is named, and the next one has its turn', async () => {
  const disposed: string[] = [];
  const plugin = definePlugin({
    name: 'sticky',
    version,
    setup({ provide }) {
      provide(Clock, { create: () => ({ id: 'clock' }), dispose: () => void disposed.push('clock') });
      provide(Sinks, {
        deps: { clock: Clock },
        create: ({ clock }) => clock,
        dispose: () => new Promise(() => {}),
      });
    },
  });
  const kernel = await Kernel.boot([plugin()]);
  await kernel.get(Sinks);
  expect(await after(3000, messages(kernel.dispose({ dispose: 3000 })))).toEqual([
    'error LEFT_BEHIND   sticky: sink did not shut down within 3 s and is left behind',
  ]);
  expect(disposed).toEqual(['clock']);
});
