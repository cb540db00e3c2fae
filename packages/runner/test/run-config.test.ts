/** Runs by a program: runConfig with plugins as values. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  definePlugin,
  defineRecipe,
  LineLogged,
  MetricSinks,
  problemsOf,
  Recipes,
  RunDirectories,
  RunEnd,
  RunStart,
  SpanEnd,
  SpanStart,
  StepEnd,
  type MetricRecord,
  type Run,
} from '@tinsmith/core';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { virtualClock } from '../../testkit/src/clock.js'; // the package depends on this one
import { defineConfig, runConfig, type Output, type RunOptions } from '../src/index.js';

type Body = (run: Run, options: { readonly steps: number }) => Promise<void>;

/** A plugin with one recipe, whose body the test gives, and with a log of what happens in which order. */
function recipePlugin(run: Body, log: string[] = []) {
  const recipe = defineRecipe({ uses: {}, options: z.strictObject({ steps: z.int().default(2) }), run });
  return definePlugin({
    name: 'test-recipe',
    version: '1.0.0',
    setup({ provide, hook }) {
      provide(Recipes, 'test', { create: () => recipe });
      provide(MetricSinks, {
        create: () => (log.push('create sink'), sinkOf(log)),
        dispose: () => void log.push('dispose sink'),
      });
      hook(RunStart, ({ recipe: name, nextStep }) => void log.push(`start ${name} at ${nextStep}`));
      hook(StepEnd, ({ step, plannedSteps }) => void log.push(`end of step ${step} of ${plannedSteps}`));
      hook(
        RunEnd,
        ({ outcome, reason }) => void log.push(['end', outcome, reason].filter(Boolean).join(' ')),
      );
      hook(SpanStart, ({ name, step }) => void log.push(`${name} begins in ${step}`));
      hook(SpanEnd, ({ name, step }) => void log.push(`${name} ends in ${step}`));
    },
  })();
}

const sinkOf = (log: string[]) => ({
  open: async ({ nextStep }: { nextStep: number }) => void log.push(`open at ${nextStep}`),
  write: async ({ step }: MetricRecord) => void log.push(`write ${step}`),
  flush: async () => void log.push('flush'),
});

const steps: Body = async (run, options) => {
  run.plan(options.steps);
  for (let step = 0; step < options.steps; step++) {
    const goOn = await run.step(step, () => run.span('work', async () => ({ x: step })));
    if (!goOn) return;
  }
};

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tinsmith-run-config-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function start(run: Body, log: string[], config: object = {}, options: RunOptions = {}) {
  const printed: string[] = [];
  const output: Output = { out: text => printed.push(text), error: text => printed.push(text) };
  const logPath = join(folder(), 'run');
  const full = defineConfig({
    plugins: [recipePlugin(run, log)],
    recipe: { use: 'test' },
    logPath,
    ...config,
  });
  return { logPath, printed, outcome: runConfig(full, { output, environment: {}, ...options }) };
}

test('the order of a run', async () => {
  const log: string[] = [];
  const { outcome, logPath, printed } = start(steps, log, { recipe: { use: 'test', with: { steps: 1 } } });
  expect(await outcome).toEqual({ outcome: 'completed', logPath, endProblems: [] });
  expect(log).toEqual([
    'create sink',
    'open at 0',
    'start test at 0',
    'work begins in 0',
    'work ends in 0',
    'write 0',
    'end of step 0 of 1',
    'end completed',
    'flush',
    'dispose sink',
  ]);
  expect(printed).toEqual([]);
});

test('a failing recipe is an outcome; run:end, flush and disposal happen all the same', async () => {
  const log: string[] = [];
  const failure = new Error('no');
  const { outcome } = start(() => Promise.reject(failure), log);
  expect(await outcome).toMatchObject({ outcome: 'failed', error: failure });
  expect(log.slice(-3)).toEqual(['end failed', 'flush', 'dispose sink']);
});

test('stop ends the run after the step that is running, with its reason', async () => {
  const log: string[] = [];
  const stop = new AbortController();
  const body: Body = async run => {
    for (let step = 0; ; step++) {
      const goOn = await run.step(step, async () => {
        if (step === 1) stop.abort('lunch');
        return {};
      });
      if (!goOn) return;
    }
  };
  const { outcome } = start(body, log, {}, { stop: stop.signal });
  expect(await outcome).toMatchObject({ outcome: 'stopped', reason: 'lunch' });
  expect(log.filter(line => line.startsWith('write'))).toEqual(['write 0', 'write 1']);
});

test('signal ends the run at once, also when the recipe does not listen to it', async () => {
  const log: string[] = [];
  const signal = new AbortController();
  const reason = new Error('fire');
  const body: Body = () => {
    signal.abort(reason);
    return new Promise(() => {});
  };
  const { outcome } = start(body, log, {}, { signal: signal.signal });
  expect(await outcome).toMatchObject({ outcome: 'failed', error: reason });
  expect(log).toContain('end failed');
});

const overlapping: Body = async run => {
  const inStep = (step: number, span: string) =>
    run.step(step, () => run.span(span, () => new Promise<{}>(resolve => setImmediate(resolve, {}))));
  await Promise.all([inStep(0, 'a'), inStep(1, 'b')]);
};

test('spans of steps that overlap are kept apart', async () => {
  const records: MetricRecord[] = [];
  const listener = definePlugin({
    name: 'listener',
    version: '1.0.0',
    setup: ({ hook }) => hook(StepEnd, event => void records.push(event)),
  });
  const { outcome } = start(overlapping, [], { plugins: [recipePlugin(overlapping), listener()] });
  await outcome;
  expect(records.map(({ step, metrics }) => [step, 'time/a' in metrics, 'time/b' in metrics])).toEqual([
    [0, true, false],
    [1, false, true],
  ]);
});

test('a wrong config is thrown, all problems together, and nothing is created', async () => {
  const log: string[] = [];
  const { outcome, logPath } = start(steps, log, { seed: 'x', recipe: { use: 'test', with: { stps: 1 } } });
  const problems = problemsOf(await outcome.catch((error: unknown) => error));
  expect(problems.map(({ code, at }) => `${code} ${at}`)).toEqual([
    'OPTION_INVALID seed',
    'OPTION_UNKNOWN recipe.with.stps',
  ]);
  expect(existsSync(logPath)).toBe(false);
  expect(log).toEqual([]);
});

test('somebody who can be asked decides about an existing folder', async () => {
  const path = folder();
  const run = (ask: RunOptions['ask']) =>
    start(steps, [], { logPath: path, ...(ask && {}) }, { ...(ask && { ask }) }).outcome;
  await run(undefined); // the folder is empty
  const asked: string[] = [];
  const answer = (value: 'resume' | 'raise') => async (existing: string) => (asked.push(existing), value);
  expect(await run(answer('resume'))).toMatchObject({ outcome: 'completed' });
  await expect(run(answer('raise'))).rejects.toMatchObject({ code: 'RUN_FOLDER_EXISTS' });
  expect(asked).toEqual([path, path]);
});

test('what the recipe logs goes to logs.log, which begins with the command line', async () => {
  const { outcome, logPath } = start(async run => run.log('hello'), [], {}, { commandLine: 'node train.js' });
  await outcome;
  expect(readFileSync(join(logPath, 'logs.log'), 'utf8')).toMatch(
    /^node train\.js\n\S+Z hello\n\S+Z completed\n$/,
  );
});

test('a plugin that wants the run folder before there is one is told so', async () => {
  const early = definePlugin({
    name: 'early',
    version: '1.0.0',
    setup({ provide }) {
      provide(Recipes, 'early', {
        deps: { directory: RunDirectories },
        create: () => defineRecipe({ uses: {}, options: z.strictObject({}), run: async () => {} }),
      });
    },
  });
  const { outcome } = start(steps, [], { plugins: [early()], recipe: { use: 'early' } });
  await expect(outcome).rejects.toMatchObject({ code: 'RUN_FOLDER_TOO_EARLY' });
});

const fail = () => {
  throw new Error('deaf');
};

const deaf = (hookOf: 'a step' | 'a line') =>
  definePlugin({
    name: 'deaf',
    version: '1.0.0',
    setup({ hook }) {
      if (hookOf === 'a step') hook(StepEnd, fail);
      else hook(LineLogged, fail);
    },
  })();

const talkative: Body = async (run, options) => {
  run.log('hello');
  await steps(run, options);
};

test.for(['a step', 'a line'] as const)(
  'an observer of %s that fails is reported once; in strict mode it ends the run',
  async what => {
    const config = { plugins: [recipePlugin(talkative), deaf(what)] };
    const lenient = start(talkative, [], config);
    expect(await lenient.outcome).toMatchObject({ outcome: 'completed' });
    expect(lenient.printed).toEqual([expect.stringMatching(/^error HOOK_FAILED {3}deaf: .*: deaf$/)]);

    const strict = start(talkative, [], { ...config, strict: true });
    expect(await strict.outcome).toMatchObject({
      outcome: 'failed',
      error: { code: 'HOOK_FAILED', plugin: 'deaf' },
    });
    expect(JSON.parse(readFileSync(join(strict.logPath, 'config.json'), 'utf8'))).toMatchObject({
      strict: true,
    });
  },
);

test('where no plugin shows the run, people who wait get a line now and then', async () => {
  using clock = virtualClock();
  const slow: Body = async run => {
    run.plan(3);
    for (let step = 0; step < 3; step++) {
      await run.step(step, async () => {
        await clock.advance(6000);
        return {};
      });
    }
  };
  const recipe = defineRecipe({ uses: {}, options: z.strictObject({}), run: run => slow(run, { steps: 3 }) });
  const quiet = definePlugin({
    name: 'quiet',
    version: '1.0.0',
    setup: ({ provide }) => provide(Recipes, 'quiet', { create: () => recipe }),
  });
  const unseen = start(slow, [], { plugins: [quiet()], recipe: { use: 'quiet' } });
  expect(await unseen.outcome).toMatchObject({ outcome: 'completed' });
  expect(unseen.printed).toEqual(['step 2 of 3   12 s, about 6 s left']);

  const shown = start(slow, []); // its plugin listens to what the run waits for
  await shown.outcome;
  expect(shown.printed).toEqual([]);
});
