/** Rollouts as lines of JSON: ours with tokens, the reference's without. */
import { inputLength, type TrajectoryGroup, type Transition } from '@tinsmith/core';
import { totalRewards } from '../advantages.js';
import { isSameItem, itemsOf, type SequenceItem } from '../sequence.js';
import type { RolloutPlace } from './rollout-log.js';

/**
 * One per trajectory: `{split, iteration, group_idx, traj_idx, tags, sampling_client_step, total_reward, final_reward, stop_reason,
 * turns: [{ob_tokens, ob_extends, ac_tokens, ac_logprobs, ac_stop_reason, reward, metrics, logs}]}`. Where an observation goes
 * on from the turn before, `ob_extends` is true and `ob_tokens` has only what is new.
 */
export const rolloutRows = (groups: readonly TrajectoryGroup[], place: RolloutPlace): string[] =>
  eachTrajectory(groups, place, ({ transitions }) => ({ turns: turnsOf(transitions) }));

/** One per trajectory, schema_version 1 of the reference. */
export const summaryRows = (groups: readonly TrajectoryGroup[], place: RolloutPlace): string[] =>
  eachTrajectory(groups, place, ({ transitions }, trajectoryMetrics) => ({
    schema_version: 1,
    trajectory_metrics: trajectoryMetrics,
    steps: transitions.map(({ observation, action, reward, metrics, logs }, index) => ({
      step_idx: index,
      ob_len: inputLength(observation),
      ac_len: action.tokens.length,
      reward,
      episode_done: index === transitions.length - 1,
      metrics,
      logs,
    })),
    final_ob_len: 0, // as there: an episode that is done has no next observation
  }));

function eachTrajectory(
  groups: readonly TrajectoryGroup[],
  { step, split }: RolloutPlace,
  more: (trajectory: TrajectoryGroup['trajectories'][number], metrics: object) => object,
): string[] {
  return groups.flatMap((group, groupIndex) => {
    const totals = totalRewards(group);
    return group.trajectories.map((trajectory, index) =>
      JSON.stringify({
        split,
        iteration: step,
        group_idx: groupIndex,
        traj_idx: index,
        tags: group.tags,
        sampling_client_step: group.policyStep ?? null,
        total_reward: totals[index],
        final_reward: group.groupRewards[index],
        stop_reason: trajectory.stopReason ?? null,
        ...more(trajectory, group.groupMetrics?.[index] ?? {}),
      }),
    );
  });
}

function turnsOf(transitions: readonly Transition[]): object[] {
  let before: readonly SequenceItem[] = [];
  return transitions.map(({ observation, action, reward, metrics, logs }, index) => {
    const observed = itemsOf(observation);
    const extending = index > 0 && startsWith(observed, before);
    const news = extending ? observed.slice(before.length) : observed;
    before = [...observed, ...action.tokens];
    return {
      ob_tokens: news.map(item => (typeof item === 'number' ? item : { media_tokens: item.expectedTokens })),
      ob_extends: extending,
      ac_tokens: action.tokens,
      ac_logprobs: action.logprobs,
      ac_stop_reason: action.stopReason,
      reward,
      metrics,
      logs,
    };
  });
}

const startsWith = (items: readonly SequenceItem[], start: readonly SequenceItem[]) =>
  start.length <= items.length && start.every((item, index) => isSameItem(item, items[index]));
