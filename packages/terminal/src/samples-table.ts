/** A table of answers with their rewards, for people to read. Knows nothing about runs. */
import { fill, formatNumber, oneLine, truncate } from './format.js';
import type { Signs, Terminal } from './terminal.js';

export interface Sample {
  readonly reward: number;
  /** What the environment tells people about the episode, e.g. question and answer. */
  readonly logs: Readonly<Record<string, string | number>>;
}

const REWARD = 'reward';
const GAP = '  ';
const LEAST_WIDTH = 8;
/** As in the share of good groups: `by_group/frac_all_good`. */
const GOOD = 0.5;

/** A table of several steps with common columns: the reward, then what the environment logged. */
export function samplesTable(
  steps: readonly { readonly title: string; readonly samples: readonly Sample[] }[],
  { width, signs, paint }: { width: number; signs: Signs; paint: Terminal['paint'] },
): string[] {
  const all = steps.flatMap(({ samples }) => samples);
  const keys = [...new Set(all.flatMap(({ logs }) => Object.keys(logs)))];
  const cell = ({ logs }: Sample, key: string) => oneLine(String(logs[key] ?? ''));
  const rewards = all.map(({ reward }) => formatNumber(reward));
  const rewardWidth = Math.max(REWARD.length, ...rewards.map(text => text.length));
  const widths = fitColumns(
    keys.map(key => Math.max(key.length, ...all.map(sample => Array.from(cell(sample, key)).length))),
    width - rewardWidth - GAP.length * keys.length,
  );
  const joinCells = (texts: readonly string[]) =>
    texts
      .map((text, index) => GAP + fill(truncate(text, widths[index]!, signs.ellipsis), widths[index]!))
      .join('');

  const head = paint('dim', REWARD.padStart(rewardWidth) + joinCells(keys).trimEnd());
  return steps.flatMap(({ title, samples }, index) => [
    ...(index > 0 ? [''] : []),
    paint('bold', title),
    ...(index === 0 ? [head] : []),
    ...samples.map(sample => {
      const reward = formatNumber(sample.reward).padStart(rewardWidth);
      const cells = joinCells(keys.map(key => cell(sample, key))).trimEnd();
      return paint(sample.reward >= GOOD ? 'green' : 'red', reward) + cells;
    }),
  ]);
}

/** The widest column gives way, character by character, until the sum fits; each keeps a few. */
function fitColumns(wanted: readonly number[], room: number): number[] {
  const widths = wanted.map(width => Math.min(width, Math.max(room, LEAST_WIDTH)));
  for (;;) {
    const widest = Math.max(...widths);
    if (widest <= LEAST_WIDTH || widths.reduce((sum, width) => sum + width, 0) <= room) return widths;
    widths[widths.indexOf(widest)] = widest - 1;
  }
}
