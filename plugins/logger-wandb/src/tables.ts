/** A few episodes of a step as a table for people: one row per episode, from the start of the batch. */
import type { TrajectoryGroup } from '@tinsmith/core';

export interface Table {
  readonly columns: readonly string[];
  readonly data: readonly (readonly (string | number | null)[])[];
}

const OWN_COLUMNS = ['group', 'tags', 'episode', 'reward', 'turns'];

/** What environments logged becomes a column each; of several turns that logged it the texts stand below each other. */
export function rolloutTable(groups: readonly TrajectoryGroup[], groupCount: number): Table {
  const episodes = groups.slice(0, groupCount).flatMap(({ tags, trajectories, groupRewards }, group) =>
    trajectories.map(({ transitions }, episode) => {
      const logs = new Map<string, (string | number)[]>();
      for (const turn of transitions) {
        for (const [key, value] of Object.entries(turn.logs))
          logs.set(key, [...(logs.get(key) ?? []), value]);
      }
      const reward = transitions.reduce((sum, turn) => sum + turn.reward, groupRewards[episode] ?? 0);
      return { own: [group, tags.join(', '), episode, reward, transitions.length], logs };
    }),
  );
  const keys = [...new Set(episodes.flatMap(({ logs }) => [...logs.keys()]))];
  return {
    columns: [...OWN_COLUMNS, ...keys],
    data: episodes.map(({ own, logs }) => [...own, ...keys.map(key => cell(logs.get(key)))]),
  };
}

function cell(values: readonly (string | number)[] | undefined): string | number | null {
  const [first, ...others] = values ?? [];
  return others.length === 0 ? (first ?? null) : values!.join('\n');
}
