/** The judge and the names of runs of `shorter` against the reference's results. */
import { expect } from 'vitest';
import { testGoldenRows } from '../../../packages/training/test/golden.js';
import { shorter } from '../src/shorter.js';
import { shorterJudge } from '../src/shorter-judge.js';

const messages = (contents: readonly string[]) => contents.map(content => ({ role: 'assistant', content }));

testGoldenRows<{ completion_a: string[]; completion_b: string[] }, { score: number }>(
  'preference',
  'shorter_judge',
  async ({ input, expected }) => {
    const completionA = messages(input.completion_a);
    const completionB = messages(input.completion_b);
    const { score } = await shorterJudge.compare({ prompt: [], completionA, completionB });
    expect(score + 0).toBe(expected.score); // -0 is 0
  },
);

interface ShorterConfig {
  readonly model_name: string;
  readonly batch_size: number;
  readonly group_size: number;
  readonly learning_rate: number;
}

testGoldenRows<{ recipe: string; config: ShorterConfig }, { log_path: string }>(
  'checkpoints_logs',
  'run_name',
  ({ input: { config }, expected }) => {
    const options = {
      modelName: config.model_name,
      batchSize: config.batch_size,
      groupSize: config.group_size,
      learningRate: config.learning_rate,
    };
    const name = shorter.runName!(options as never, { seed: 0 });
    expect(name).toBe(/\/shorter\/(.*)-\d{4}-\d\d-\d\d-\d\d-\d\d$/.exec(expected.log_path)![1]);
  },
  ({ recipe }) => recipe !== 'preference/shorter',
);
