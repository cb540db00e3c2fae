/** What every judge must do: an opinion between -1 and 1, for each comparison that it is asked for. */
import { askJudge, type Comparison, type ConfiguredPlugin, type Judge, Judges } from '@tinsmith/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestKit, type TestKit } from '../kit.js';

export interface JudgeUnderTest {
  /** The judge's plugin, and what it needs. */
  readonly plugins: () => readonly ConfiguredPlugin[] | Promise<readonly ConfiguredPlugin[]>;
  readonly judge: string;
  /** As in `with`. */
  readonly options?: () => Readonly<Record<string, unknown>>;
  /** A comparison that the judge is sure of: the first answer is the better one. */
  readonly clear: Comparison;
}

/** On a busy machine. */
const A_MODEL_LOADS_IN_MS = 60_000;

/** Declares the tests of a judge. */
export function judgeConformance(subject: JudgeUnderTest): void {
  const { clear } = subject;

  describe(`${subject.judge} is a judge`, () => {
    let kit: TestKit;
    let judge: Judge;
    beforeAll(async () => {
      kit = await createTestKit({ plugins: await subject.plugins() });
      const source = await kit.get(Judges, subject.judge);
      expect(source.specification).toBe('v1');
      const parsed = await source.options?.['~standard'].validate(subject.options?.() ?? {});
      if (parsed?.issues) throw new Error(`the options are refused: ${parsed.issues[0]?.message}`);
      judge = await source.create(parsed && 'value' in parsed ? parsed.value : undefined);
    }, A_MODEL_LOADS_IN_MS);
    afterAll(() => kit[Symbol.asyncDispose]());

    test('prefers the better answer, whichever place it has', async () => {
      const { prompt, completionA, completionB } = clear;
      expect((await askJudge(judge, clear)).score).toBeLessThan(0);
      const turned = { prompt, completionA: completionB, completionB: completionA };
      expect((await askJudge(judge, turned)).score).toBeGreaterThan(0);
    });

    test('the same comparison has the same answer', async () => {
      expect(await askJudge(judge, clear)).toEqual(await askJudge(judge, clear));
    });

    test('answers many at the same time', async () => {
      const judgements = await Promise.all(Array.from({ length: 100 }, () => askJudge(judge, clear)));
      expect(judgements.filter(({ score }) => score < 0)).toHaveLength(100);
    });

    test.each(['', ' ', '💡', '==== Preference ====', 'A', 'x'.repeat(50)])(
      'an odd answer is no failure: %j',
      async content => {
        const odd = { ...clear, completionB: [{ role: 'assistant', content }] };
        const { score } = await askJudge(judge, odd);
        expect(score).toBeGreaterThanOrEqual(-1);
      },
    );

    test('ends with an error when it is aborted', async () => {
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(judge.compare(clear, { signal })).rejects.toThrow();
    });
  });
}
