import {
  MetricSinks,
  modelInput,
  RolloutsGraded,
  RunEnd,
  RunStart,
  StepEnd,
  type TrajectoryGroup,
} from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test, vi } from 'vitest';
import plugin from './index.js';

const group: TrajectoryGroup = {
  tags: [],
  trajectories: [
    {
      transitions: [
        {
          observation: modelInput([1]),
          action: { tokens: [2], logprobs: [-1], stopReason: 'stop' },
          reward: 1,
          metrics: {},
          logs: { answer: 'nine' },
        },
      ],
    },
  ],
  groupRewards: [0],
};

test('shows a run by listening to its hooks, and changes nothing', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await using kit = await createTestKit({ plugins: [plugin({ metric: 'loss' })] });
    const logPath = kit.directory.path;
    await kit.directory.append('metrics.jsonl', '{}');
    await kit.directory.append('run.lock', '{}');
    await kit.hooks.emit(RunStart, { name: 'sums', recipe: 'math_rl', seed: 0, logPath, nextStep: 0 });
    expect(await kit.hooks.transform(RolloutsGraded, [group], { step: 0 })).toEqual([group]);
    await kit.hooks.emit(StepEnd, { step: 0, metrics: { loss: 0.5 }, plannedSteps: 1 });
    await kit.hooks.emit(RunEnd, { outcome: 'completed' });
    const text = write.mock.calls.map(([chunk]) => String(chunk)).join('');
    expect(text).toContain('math_rl  sums');
    expect(text).toContain('loss 0.500');
    expect(text).toContain('nine');
    expect(text).toContain('metrics.jsonl');
    expect(text).not.toContain('run.lock');
    expect(kit.problems).toEqual([]);
    expect(await kit.get(MetricSinks)).toEqual([]);
  } finally {
    write.mockRestore();
  }
});

test('refuses options that it does not have', async () => {
  const options = { metrics: 'loss' } as never;
  await expect(createTestKit({ plugins: [plugin(options)] })).rejects.toMatchObject({
    code: 'OPTION_UNKNOWN',
  });
});
