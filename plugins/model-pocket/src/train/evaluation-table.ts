/** An evaluation as a table for the terminal. */
import type { Evaluation } from './evaluate.js';

export function table(model: string, { answers, measures }: Evaluation): string {
  const rows = Object.entries(answers).map(
    ([name, { greedy, sampled }]) => `${name.padEnd(36)}${percent(greedy.right)}${percent(sampled.right)}`,
  );
  const lines = Object.entries(measures).map(([name, value]) => `${name.padEnd(60)}${value}`);
  return [`${model.padEnd(36)}  greedy   sampled`, ...rows, '', ...lines, ''].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`.padStart(10);
}
