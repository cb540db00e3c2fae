/** A few answers of a step for people to read. Taken from the start of the batch, not chosen by how good they are. */
import type { TrajectoryGroup } from '@tinsmith/core';
import { oneLine, type Sample, type Signs, truncate } from '@tinsmith/terminal';

export interface StepSamples {
  readonly step: number;
  readonly samples: readonly Sample[];
}

/** The first episode of each of the first groups. Environments that log nothing give no sample. */
export function takeSamples(groups: readonly TrajectoryGroup[], count: number): Sample[] {
  return groups.slice(0, count).flatMap(({ trajectories, groupRewards }) => {
    const [first] = trajectories;
    const logs = first?.transitions.findLast(turn => Object.keys(turn.logs).length > 0)?.logs;
    if (!first || !logs) return [];
    const steps = first.transitions.reduce((sum, { reward }) => sum + reward, 0);
    return [{ reward: steps + groupRewards[0]!, logs }];
  });
}

const LONGEST = 60;

/** One answer in a line: what was asked and what came of it. */
export function sampleText({ logs }: Sample, { arrow, ellipsis }: Pick<Signs, 'arrow' | 'ellipsis'>): string {
  const texts = Object.values(logs).slice(0, 2);
  const width = Math.floor(LONGEST / Math.max(1, texts.length));
  return texts.map(text => truncate(oneLine(String(text)), width, ellipsis)).join(` ${arrow} `);
}
