/**
 * Metrics of a step of reinforcement learning, with the reference's names (cookbook-algorithms, section 7).
 */
import { inputLength, type Metrics, type TrajectoryGroup } from '@tinsmith/core';
import { isConstant, totalRewards } from './advantages.js';

/**
 * `env/all/<key>` over all groups, and `env/<tag>/<key>` per tag if the tags divide the groups. Keys: tokens
 * and turns, `reward/total` (mean over episodes), `by_group/frac_*`, and the mean of every metric that the
 * environment gave, over the records that have it: a missing one does not count as 0.
 */
export function trajectoryMetrics(groups: readonly TrajectoryGroup[]): Metrics {
  const tags = [...new Set(groups.flatMap(group => group.tags))];
  const byTag = tags.map(tag => ({ tag, members: groups.filter(group => group.tags.includes(tag)) }));
  const divided = byTag.some(({ members }) => members.length < groups.length);

  return Object.assign(
    {},
    ...(divided ? byTag.map(({ tag, members }) => withPrefix(`env/${tag}/`, summarise(members))) : []),
    withPrefix('env/all/', summarise(groups)),
  ) as Metrics;
}

function summarise(groups: readonly TrajectoryGroup[]): Metrics {
  const episodes = groups.flatMap(group => group.trajectories);
  const turns = episodes.flatMap(episode => episode.transitions);
  const totals = groups.flatMap(totalRewards);
  const acTokens = sum(turns.map(turn => turn.action.tokens.length));
  const obTokens = sum(turns.map(turn => inputLength(turn.observation)));
  const records = [...turns.map(turn => turn.metrics), ...groups.flatMap(group => group.groupMetrics ?? [])];

  return {
    ac_tokens_per_turn: ratio(acTokens, turns.length),
    ob_tokens_per_turn: ratio(obTokens, turns.length),
    turns_per_episode: ratio(turns.length, episodes.length),
    total_episodes: episodes.length,
    total_turns: turns.length,
    total_ac_tokens: acTokens,
    total_ob_tokens: obTokens,
    'reward/total': ratio(sum(totals), totals.length),
    ...dictMean(records),
    ...rewardSpread(groups),
  };
}

/** Shares of groups: with different rewards, or all alike and good (at least 0.5) or bad. */
function rewardSpread(groups: readonly TrajectoryGroup[]): Metrics {
  const totals = groups.map(totalRewards);
  const constant = totals.filter(isConstant);
  const good = constant.filter(([reward]) => reward! >= 0.5);
  return {
    'by_group/frac_mixed': ratio(totals.length - constant.length, totals.length),
    'by_group/frac_all_good': ratio(good.length, totals.length),
    'by_group/frac_all_bad': ratio(constant.length - good.length, totals.length),
  };
}

/** The mean of each key over the records that have it. */
export function dictMean(records: readonly Metrics[]): Metrics {
  const values = Map.groupBy(
    records.flatMap(record => Object.entries(record)),
    ([key]) => key,
  );
  return Object.fromEntries(
    [...values].map(([key, entries]) => [key, ratio(sum(entries.map(([, value]) => value)), entries.length)]),
  );
}

/** How old the weights were that groups were sampled with, and how long that took: where sampling and training overlap. */
export function samplingMetrics(groups: readonly Pick<TrajectoryGroup, 'policyStep' | 'seconds'>[]): Metrics {
  const steps = groups.flatMap(({ policyStep }) => policyStep ?? []);
  const seconds = groups.flatMap(group => group.seconds ?? []);
  return { ...spread('sampling_client/step', steps), ...spread('time/sampling_time', seconds) };
}

function spread(name: string, values: readonly number[]): Metrics {
  if (values.length === 0) return {};
  return {
    [`${name}_max`]: Math.max(...values),
    [`${name}_min`]: Math.min(...values),
    [`${name}_mean`]: ratio(sum(values), values.length),
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
/** 0 for nothing, as in the reference. */
const ratio = (amount: number, count: number) => (count === 0 ? 0 : amount / count);
const withPrefix = (prefix: string, metrics: Metrics) =>
  Object.fromEntries(Object.entries(metrics).map(([key, value]) => [prefix + key, value]));
