/** Rewards of episodes that a limit ended, and the presets of agents (cookbook-algorithms, section 4). */
import type { EnvGroupBuilder, GroupReward, Trajectory } from '@tinsmith/core';
import type { RolloutErrorPolicy } from '../rollout-errors.js';
import type { RolloutLimits } from '../rollout-limits.js';
import type { ParseErrorPolicy } from './message-env.js';

export interface TerminationPolicy {
  /** An episode that a limit ended earns nothing above 0. Default false. */
  readonly zeroRewardOnLimit?: boolean | undefined;
  /** A group whose rollouts all ran out of time is not graded, if they can earn nothing by it. Default false. */
  readonly skipGradingOnTimeout?: boolean | undefined;
}

/** Not among them: context_overflow and parse_error, whose episodes were judged by the environment. */
const LIMITS = new Set([
  'max_tokens',
  'max_sampled_tokens',
  'max_turns',
  'max_tool_calls',
  'rollout_timeout',
]);

/** `grade` gives the group rewards; it is not called if grading is skipped. Metric `zero_reward_on_limit` where a total was cut. */
export async function rewardsWithTermination(
  trajectories: readonly Trajectory[],
  grade: () => readonly GroupReward[] | Promise<readonly GroupReward[]>,
  { zeroRewardOnLimit = false, skipGradingOnTimeout = false }: TerminationPolicy,
): Promise<readonly GroupReward[]> {
  const isTimeout = trajectories.every(({ stopReason }) => stopReason === 'rollout_timeout');
  const skipped = zeroRewardOnLimit && skipGradingOnTimeout && isTimeout && trajectories.length > 0;
  const rewards: readonly GroupReward[] = skipped ? trajectories.map(() => ({ reward: 0 })) : await grade();
  if (!zeroRewardOnLimit) return rewards;
  return rewards.map((graded, index) => {
    const { transitions, stopReason } = trajectories[index]!;
    const earned = transitions.reduce((sum, { reward }) => sum + reward, 0);
    if (!LIMITS.has(stopReason ?? '') || earned + graded.reward <= 0) return graded;
    return { reward: -earned, metrics: { ...graded.metrics, zero_reward_on_limit: 1 } };
  });
}

/** The same group, judged so. */
export function withTermination(builder: EnvGroupBuilder, policy: TerminationPolicy): EnvGroupBuilder {
  return {
    tags: builder.tags,
    makeEnvs: () => builder.makeEnvs(),
    computeGroupRewards: trajectories =>
      rewardsWithTermination(
        trajectories,
        () => builder.computeGroupRewards?.(trajectories) ?? trajectories.map(() => ({ reward: 0 })),
        policy,
      ),
    cleanup: () => builder.cleanup?.(),
  };
}

export interface RolloutPreset {
  readonly limits: RolloutLimits;
  readonly maxToolCalls?: number;
  readonly parseErrors?: ParseErrorPolicy;
  readonly termination: TerminationPolicy;
  readonly graderTimeoutSeconds?: number;
}

export const rolloutPresets = {
  simple: { limits: {}, termination: {} },
  agentic: {
    limits: { maxTurns: 10, maxTrajectoryTokens: 65_536 },
    maxToolCalls: 30,
    parseErrors: { maxConsecutive: 2 },
    termination: { zeroRewardOnLimit: true, skipGradingOnTimeout: true },
    graderTimeoutSeconds: 900,
  },
} satisfies Record<string, RolloutPreset>;

/** What the reference takes for a model if nothing is said. */
export function rolloutDefaults(modelName: string): {
  readonly preset: keyof typeof rolloutPresets;
  readonly errorPolicy: RolloutErrorPolicy;
} {
  return modelName.startsWith('thinkingmachines/Inkling')
    ? { preset: 'agentic', errorPolicy: { kind: 'min_viable' } }
    : { preset: 'simple', errorPolicy: { kind: 'fail_fast' } };
}
