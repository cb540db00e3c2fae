/** What the cells came to: a value each, the best learning rate of every rank. */
import { nearest, TinsmithError } from '@tinsmith/core';
import { mainMetricOf, metricLabel } from '@tinsmith/terminal';
import { readRun } from '../show-run/read-run.js';
import type { Cell } from './plan.js';
import { isComplete } from './run-cells.js';
import { folderName } from './grid.js';

export interface CellResult {
  readonly cell: Cell;
  readonly isComplete: boolean;
  /** Of the last step that has it; undefined for a cell that is not complete or has none. */
  readonly value: number | undefined;
}

export interface SweepResults {
  readonly metric: string;
  readonly best: 'low' | 'high';
  readonly cells: readonly CellResult[];
  /** Across the plot: the learning rate, if the grid has one. */
  readonly across: string | undefined;
  /** One curve each, by what the other axes say: `lora_rank=32`. */
  readonly curves: ReadonlyMap<string, readonly CellResult[]>;
}

export interface Wanted {
  readonly metric: string | undefined;
  readonly best: 'low' | 'high' | undefined;
}

/** Undefined: no cell is complete. @throws METRIC_UNKNOWN */
export async function collect(
  cells: readonly Cell[],
  { metric: wanted, best }: Wanted,
): Promise<SweepResults | undefined> {
  const runs = await Promise.all(
    cells.map(async cell => ({
      cell,
      steps: (await isComplete(cell)) ? (await readRun(cell.folder)).steps : undefined,
    })),
  );
  const names = [
    ...new Set(runs.flatMap(({ steps = [] }) => steps.flatMap(({ metrics }) => Object.keys(metrics)))),
  ];
  if (names.length === 0) return undefined;
  const metric = wanted ?? mainMetricOf(names);
  if (metric === undefined || !names.includes(metric)) throw unknown(metric, names);
  const results = runs.map(({ cell, steps }) => ({
    cell,
    isComplete: steps !== undefined,
    value: steps?.findLast(({ metrics }) => metrics[metric] !== undefined)?.metrics[metric],
  }));
  const axes = Object.keys(cells[0]?.point ?? {});
  const across = axes.includes('learning_rate') ? 'learning_rate' : axes[0];
  const curveOf = ({ cell: { point } }: CellResult) =>
    folderName(axes.filter(name => name !== across).map(name => ({ name, value: point[name] })));
  return {
    metric,
    best: best ?? (isReward(metric) ? 'high' : 'low'),
    cells: results,
    across,
    curves: Map.groupBy(results, curveOf),
  };
}

const isReward = (metric: string) =>
  /reward|correct|accuracy|win_rate|pass@/.test(metric) || metricLabel(metric) === 'reward';

/** Undefined without a number: what diverged is no best. */
export function bestOf(cells: readonly CellResult[], best: 'low' | 'high'): CellResult | undefined {
  const sign = best === 'low' ? 1 : -1;
  return cells
    .filter(({ value }) => value !== undefined && Number.isFinite(value))
    .toSorted((a, b) => sign * (a.value! - b.value!))[0];
}

/** As the Cookbook writes it (cookbook-recipes, section 5.1), for every curve that has a best cell. */
export function recommendations({ metric, best, curves }: SweepResults): object {
  const winners = [...curves].flatMap(([curve, cells]) => {
    const winner = bestOf(cells, best);
    if (!winner) return [];
    const { point, loraRank } = winner.cell;
    const rank = loraRank === undefined ? {} : { lora_rank: loraRank };
    const isByRank = curve === '' || /^lora_rank=\d+$/.test(curve);
    const key = isByRank && loraRank !== undefined ? `rank_${loraRank}` : curve || 'best';
    return [[key, { ...point, ...rank, [metric]: winner.value }, winner.cell] as const];
  });
  const [, , first] = winners[0] ?? [];
  return {
    recipe: first?.recipe,
    model_name: first?.modelName ?? 'unknown',
    metric,
    recommendations: Object.fromEntries(winners),
  };
}

const unknown = (metric: string | undefined, names: readonly string[]) =>
  new TinsmithError({
    code: 'METRIC_UNKNOWN',
    message:
      metric === undefined
        ? 'which metric decides? the runs have none of the usual ones'
        : `the runs have no metric "${metric}"`,
    fix: `--metric ${(metric === undefined ? undefined : nearest(metric, names)) ?? names.join(' or ')}`,
  });
