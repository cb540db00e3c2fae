/** What every recipe must do: rows, hooks, seeds, checkpoints, resuming. Runs it for real, in a folder of its own. */
import {
  type AnyHook,
  CheckpointSaved,
  type ConfiguredPlugin,
  definePlugin,
  type HandlerOf,
  type MetricRecord,
  MetricSinks,
  RunEnd,
  RunShouldStop,
  RunStart,
  SpanEnd,
  SpanStart,
  StepEnd,
} from '@tinsmith/core';
import { runConfig, type RunOutcome } from 'tinsmith';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestDirectory } from '../directory.js';
import { version } from '../version.js';

export interface RecipeUnderTest {
  /** The recipe's own plugin and what it needs to run. */
  readonly plugins: readonly ConfiguredPlugin[];
  readonly recipe: { readonly use: string; readonly with: Readonly<Record<string, unknown>> };
  /** How many steps these options take: at least three, in a few seconds. */
  readonly steps: number;
  /** Hooks of the recipe's own that must fire in every step, besides those of every run. */
  readonly hooks?: readonly AnyHook[];
}

interface Recorded {
  readonly rows: MetricRecord[];
  /** Ids of hooks, in the order in which they fired. */
  readonly fired: string[];
  readonly outcome: RunOutcome;
}

const HOOKS_OF_EVERY_RUN = [RunStart, SpanStart, SpanEnd, StepEnd, CheckpointSaved, RunEnd];

/** Declares the tests of a recipe. */
export function recipeConformance(subject: RecipeUnderTest): void {
  const { steps } = subject;

  describe(`${subject.recipe.use} is a recipe`, () => {
    const folders: TestDirectory[] = [];
    const folder = () => {
      const directory = new TestDirectory();
      folders.push(directory);
      return directory.path;
    };
    let whole: Recorded;
    beforeAll(async () => {
      whole = await record(subject, folder());
    });
    afterAll(() => folders.forEach(directory => directory.remove()));

    test('runs to its end and gives one row per step, with finite numbers', () => {
      expect(whole.outcome).toMatchObject({ outcome: 'completed', endProblems: [] });
      expect(whole.rows.map(row => row.step)).toEqual(Array.from({ length: steps }, (_, step) => step));
      for (const { metrics } of whole.rows) {
        const odd = Object.entries(metrics).filter(([, value]) => !Number.isFinite(value));
        expect(Object.fromEntries(odd)).toEqual({});
      }
    });

    test('every hook fires, the start first and the end last', () => {
      const { fired } = whole;
      expect(fired[0]).toBe(RunStart.id);
      expect(fired.at(-1)).toBe(RunEnd.id);
      for (const { id } of HOOKS_OF_EVERY_RUN) expect(fired).toContain(id);
      for (const { id } of subject.hooks ?? [])
        expect(fired.filter(other => other === id)).toHaveLength(steps);
    });

    test('a seed repeats the run', async () => {
      const again = await record(subject, folder());
      expect(withoutTimes(again.rows)).toEqual(withoutTimes(whole.rows));
    });

    test('another seed gives another run', async () => {
      const other = await record(subject, folder(), { seed: 1 });
      expect(withoutTimes(other.rows)).not.toEqual(withoutTimes(whole.rows));
    });

    test('stops after a step when asked to, and a resumed run ends like one that was never stopped', async () => {
      const path = folder();
      const first = await record(subject, path, { stopAfter: 1 });
      expect(first.outcome).toMatchObject({ outcome: 'stopped', reason: 'the test has seen enough' });
      expect(first.rows).toHaveLength(2);
      const rest = await record(subject, path, { ifExists: 'resume' });
      expect(rest.outcome.outcome).toBe('completed');
      expect(withoutTimes([...first.rows, ...rest.rows])).toEqual(withoutTimes(whole.rows));
    });

    test('resuming a run that is complete does no step', async () => {
      const path = folder();
      await record(subject, path);
      const again = await record(subject, path, { ifExists: 'resume' });
      expect(again).toMatchObject({ rows: [], outcome: { outcome: 'completed' } });
    });

    test('ends as failed, and soon, when it is aborted', async () => {
      const abort = new AbortController();
      const recorded = record(subject, folder(), {
        signal: abort.signal,
        onStep: () => abort.abort(new Error('enough')),
      });
      expect((await recorded).outcome).toMatchObject({ outcome: 'failed' });
      expect((await recorded).rows.length).toBeLessThan(steps);
    });
  });
}

interface RecordOptions {
  readonly seed?: number;
  readonly ifExists?: 'resume';
  /** The step after which the run is asked to stop. */
  readonly stopAfter?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: () => void;
}

async function record(
  subject: RecipeUnderTest,
  path: string,
  options: RecordOptions = {},
): Promise<Recorded> {
  const rows: MetricRecord[] = [];
  const fired: string[] = [];
  const recorder = definePlugin({
    name: '@tinsmith/testkit/recorder',
    version,
    setup({ provide, hook }) {
      provide(MetricSinks, { create: () => ({ write: async row => void rows.push(row) }) });
      for (const observed of [...HOOKS_OF_EVERY_RUN, ...(subject.hooks ?? [])]) {
        // The same handler serves all kinds: a waterfall's value goes through unchanged.
        const note = (value: unknown) => (
          fired.push(observed.id),
          observed.kind === 'waterfall' ? value : undefined
        );
        hook(observed, note as HandlerOf<AnyHook>, { order: 'post' });
      }
      hook(StepEnd, () => options.onStep?.());
      hook(RunShouldStop, ({ step }) =>
        step === options.stopAfter ? { reason: 'the test has seen enough' } : undefined,
      );
    },
  });
  const config = {
    logPath: path,
    ifExists: options.ifExists ?? ('overwrite' as const),
    seed: options.seed ?? 0,
    plugins: [...subject.plugins, recorder()],
    recipe: subject.recipe,
  };
  const silent = { out: () => {}, error: () => {} };
  const outcome = await runConfig(config, {
    output: silent,
    ...(options.signal && { signal: options.signal }),
  });
  return { rows, fired, outcome };
}

/** Without what no seed can repeat. */
function withoutTimes(rows: readonly MetricRecord[]) {
  return rows.map(({ step, metrics }) => ({
    step,
    metrics: Object.fromEntries(Object.entries(metrics).filter(([name]) => !name.startsWith('time/'))),
  }));
}
