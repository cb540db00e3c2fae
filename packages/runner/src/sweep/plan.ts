/** What a sweep will run: a cell per point of the grid, each checked as `tinsmith check` does. Creates nothing. */
import { join } from 'node:path';
import { type Secrets, TinsmithError } from '@tinsmith/core';
import { sourceOf } from '../cli/source.js';
import { loadConfig } from '../config/load.js';
import { builtIn } from '../run/built-in.js';
import { prepare } from '../run/prepare.js';
import { type Axis, folderName, gridPoints, stepsOfBudget, valueText } from './grid.js';

export interface Cell {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** By the names of the axes. */
  readonly point: Readonly<Record<string, unknown>>;
  /** Of `tinsmith run`. */
  readonly arguments: readonly string[];
  readonly recipe: string;
  readonly modelName: string | undefined;
  readonly loraRank: number | undefined;
}

export interface SweepRequest {
  readonly cwd: string;
  /** Of `tinsmith run`, for every cell. */
  readonly base: readonly string[];
  readonly axes: readonly Axis[];
  /** Absolute. */
  readonly folder: string;
  /** Examples that a cell sees at most. */
  readonly budget: number | undefined;
}

/** @throws what a run of the first wrong cell would throw: an unknown path is an unknown option. */
export async function planSweep(request: SweepRequest, secrets: Secrets): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const point of gridPoints(request.axes)) {
    const values = point.map(({ name, value }) => ({ name, value: value.value }));
    const name = folderName(values);
    const folder = join(request.folder, name);
    const given = [
      ...request.base,
      ...point.map(({ value }) => value.argument),
      `log_path=${folder}`,
      'if_exists=resume',
    ];
    const { recipe, options } = await checked(given, request.cwd, secrets);
    const steps = request.budget === undefined ? undefined : stepsFor(request.budget, options);
    cells.push({
      name,
      folder,
      point: Object.fromEntries(values.map(one => [one.name, one.value])),
      arguments: steps === undefined ? given : [...given, `max_steps=${steps}`],
      recipe,
      modelName: typeof options['modelName'] === 'string' ? options['modelName'] : undefined,
      loraRank: typeof options['loraRank'] === 'number' ? options['loraRank'] : undefined,
    });
  }
  return cells;
}

async function checked(given: readonly string[], cwd: string, secrets: Secrets) {
  const source = await sourceOf(given, cwd);
  const config = await loadConfig(source, secrets);
  const { kernel, recipe } = await prepare(config, { cwd, builtIn: builtIn(secrets).plugin, canAsk: false });
  await kernel.dispose();
  return { recipe: recipe.name, options: recipe.options as Readonly<Record<string, unknown>> };
}

/** What the Cookbook takes for a recipe without batches. */
const USUAL_BATCH = 128;

function stepsFor(budget: number, { batchSize, groupsPerBatch }: Readonly<Record<string, unknown>>): number {
  const batch = [batchSize, groupsPerBatch].find(size => typeof size === 'number') ?? USUAL_BATCH;
  const steps = stepsOfBudget(budget, batch);
  if (steps > 0) return steps;
  throw new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message: 'the budget is smaller than a batch',
    found: `--budget ${budget}, batches of ${valueText(batch)}`,
    fix: `--budget ${valueText(batch)} or more`,
  });
}
