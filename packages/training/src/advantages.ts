/** Rewards of a group compared with each other. Knows nothing about tokens. */
import type { TrajectoryGroup } from '@tinsmith/core';

/** One per trajectory of the group: the sum of its step rewards plus its group reward. */
export function totalRewards(group: TrajectoryGroup): number[] {
  return group.trajectories.map(
    ({ transitions }, index) =>
      transitions.reduce((sum, { reward }) => sum + reward, 0) + group.groupRewards[index]!,
  );
}

/**
 * One per group and trajectory: the total minus the mean of its group. Not divided by the standard deviation.
 */
export function computeAdvantages(groups: readonly TrajectoryGroup[]): number[][] {
  return groups.map(group => {
    const totals = totalRewards(group);
    const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length;
    return totals.map(total => total - mean);
  });
}

/**
 * Drops the groups whose totals are all equal: their advantages are 0, so they teach nothing. The comparison
 * is exact. If that leaves no group, the first one is kept, so that there is always something to train on.
 */
export function removeConstantGroups(groups: readonly TrajectoryGroup[]): readonly TrajectoryGroup[] {
  const mixed = groups.filter(group => !isConstant(totalRewards(group)));
  return mixed.length > 0 ? mixed : groups.slice(0, 1);
}

export const isConstant = (totals: readonly number[]) => totals.every(total => total === totals[0]);
