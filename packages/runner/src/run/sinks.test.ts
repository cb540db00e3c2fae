import type { MetricSink, TinsmithError } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { virtualClock } from '../../../testkit/src/clock.js'; // the package depends on this one
import { Sinks } from './sinks.js';

const record = (step: number) => ({ step, metrics: { 'reward/mean': step } });
const deadlineMilliseconds = 10_000;

function guarded(sink: MetricSink) {
  const problems: TinsmithError[] = [];
  const report = (problem: TinsmithError) => problems.push(problem);
  const sinks = new Sinks([{ plugin: 'a-sink', sink }], { report, deadlineMilliseconds });
  return { sinks, messages: () => problems.map(({ plugin, message }) => `${plugin} ${message}`) };
}

test('rows come in order, one at a time, even if they are not awaited', async () => {
  const log: string[] = [];
  const { sinks } = guarded({
    async write({ step }) {
      log.push(`${step} begins`);
      await new Promise(resolve => setImmediate(resolve));
      log.push(`${step} ends`);
    },
  });
  await Promise.all([0, 1].map(step => sinks.write(record(step))));
  expect(log).toEqual(['0 begins', '0 ends', '1 begins', '1 ends']);
});

test('a sink that throws is reported and gets the next row', async () => {
  const steps: number[] = [];
  const { sinks, messages } = guarded({
    async write({ step }) {
      if (step === 0) throw new Error('disk full');
      steps.push(step);
    },
  });
  await sinks.write(record(0));
  await sinks.write(record(1));
  expect(messages()).toEqual(['a-sink could not write step 0: disk full; the run goes on']);
  expect(steps).toEqual([1]);
});

test('a sink that throws before it returns a promise is no exception', async () => {
  const { sinks, messages } = guarded({
    write() {
      throw new Error('at once');
    },
  });
  await sinks.write(record(0));
  expect(messages()).toHaveLength(1);
});

test('a sink that hangs costs one deadline, and gets the rows it missed when it comes back', async () => {
  using clock = virtualClock();
  const steps: number[] = [];
  const stuck = Promise.withResolvers<void>();
  const { sinks, messages } = guarded({
    async write({ step }) {
      if (step === 0) await stuck.promise;
      steps.push(step);
    },
  });
  const first = sinks.write(record(0)).then(() => 'goes on');
  await clock.advance(deadlineMilliseconds - 1);
  expect(await Promise.race([first, Promise.resolve('waits')])).toBe('waits');
  await clock.advance(1);
  expect(await first).toBe('goes on');
  expect(messages()).toEqual(['a-sink did not write step 0 within 10 s; the run goes on']);

  for (const step of [1, 2, 3]) await sinks.write(record(step)); // would be three more reports if it waited
  expect(messages()).toHaveLength(1);
  stuck.resolve();
  await sinks.flush();
  expect(steps).toEqual([0, 1, 2, 3]);
});

test('flush waits for rows that are on their way, up to the deadline', async () => {
  using clock = virtualClock();
  const { sinks, messages } = guarded({ write: async () => {}, flush: () => new Promise(() => {}) });
  await sinks.write(record(0));
  const flushed = sinks.flush();
  await clock.advance(deadlineMilliseconds);
  await flushed;
  expect(messages()).toEqual(['a-sink did not flush within 10 s; the run goes on']);
});

test('a slow sink makes a run wait for its rows, and no longer than the deadline; no row is lost', async () => {
  using clock = virtualClock();
  const steps: number[] = [];
  const { sinks, messages } = guarded({
    async write({ step }) {
      await new Promise(resolve => setTimeout(resolve, step === 1 ? 1.5 * deadlineMilliseconds : 100));
      steps.push(step);
    },
  });
  const rows = [0, 1, 2].map(step => sinks.write(record(step)));
  await clock.advance(100);
  await rows[0];
  await clock.advance(2 * deadlineMilliseconds);
  await Promise.all(rows);
  await sinks.flush();
  expect(steps).toEqual([0, 1, 2]);
  expect(messages()[0]).toMatch(/^a-sink did not write step 1 within 10 s/);
});

test('what a sink acknowledges is collected by plugin and given back when the run goes on', async () => {
  let written = 0;
  const starts: unknown[] = [];
  const { sinks } = guarded({
    open: async start => void starts.push(start),
    write: async () => void written++,
    flush: async () => written,
  });
  await sinks.write(record(0));
  await sinks.write(record(1));
  const positions = await sinks.flush();
  expect(positions).toEqual({ 'a-sink': 2 });
  await sinks.open(2, positions);
  await sinks.open(0);
  expect(starts).toEqual([{ nextStep: 2, position: 2 }, { nextStep: 0 }]);
});

test('a sink that could not be opened gets no rows: it may hold some of a lost attempt', async () => {
  const steps: number[] = [];
  const { sinks, messages } = guarded({
    open: ({ nextStep }) => Promise.reject(new Error(`no room for ${nextStep}`)),
    write: async ({ step }) => void steps.push(step),
  });
  await sinks.open(7);
  await sinks.write(record(7));
  await sinks.flush();
  expect(messages()).toEqual(['a-sink could not be opened: no room for 7; the run goes on']);
  expect(steps).toEqual([]);
});
