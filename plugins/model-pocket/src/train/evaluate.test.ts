import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalEngine } from '@tinsmith/engine-local/engine';
import { loadTokenizer } from '@tinsmith/tokenizers';
import { expect, test } from 'vitest';
import { isFull } from '../../../../tools/vitest/full.js';
import { evaluateAnswers, type Evaluation } from './evaluate.js';
import { examinations } from './examinations.js';
import { modelFolder, recordFolder } from './places.js';
import { createExerciseRenderer } from './renderers.js';

/** By default those whose answers are short: what takes long is to ask the larger model everything. */
const few = { pocket: ['sums', 'count words'], teacher: ['count words'] };

test.each(['pocket', 'teacher'] as const)(
  'the packaged model (%s) can do what the committed evaluation says',
  async kind => {
    await using engine = new LocalEngine({ threads: 1 });
    const renderer = createExerciseRenderer(await loadTokenizer(modelFolder(kind)));
    const model = await engine.createSamplingClient({ baseModel: modelFolder(kind) });
    const asked = examinations.filter(({ name }) => isFull || few[kind].includes(name));
    const actual = await evaluateAnswers(model, renderer, asked);

    const file = join(recordFolder, `evaluation-${kind}.json`);
    const { answers } = JSON.parse(readFileSync(file, 'utf8')) as Evaluation;
    expect(Object.keys(answers)).toEqual(examinations.map(({ name }) => name));
    for (const { name } of asked) {
      for (const how of ['greedy', 'sampled'] as const) {
        // Other processors round differently, and a sample then goes another way; eight hundred of them vary by 0.02.
        const what = `${name}, ${how}`;
        expect(Math.abs(actual[name]![how].right - answers[name]![how].right), what).toBeLessThan(0.06);
        expect(Math.abs(actual[name]![how].ended - answers[name]![how].ended), what).toBeLessThan(0.06);
      }
    }
  },
  60_000,
);
