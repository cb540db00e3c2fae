/** The config of a run as W&B has it: every value wrapped in `{"value": ...}`, W&B's own part under `_wandb`. */
import { asObject, type Json } from './api.js';
import { STEP } from './run-files.js';
import { version } from './version.js';

/** The recipe's options by their names, as other clients log them; the rest of config.json under `tinsmith`. */
export function configOf(record: Json): Json {
  const { recipe, seed, plugins, recorded } = record;
  const { use, with: options } = asObject(recipe);
  const values = {
    ...asObject(options),
    ...(use !== undefined && { recipe: use }),
    ...(seed !== undefined && { seed }),
    ...(plugins !== undefined && { tinsmith: { plugins, ...asObject(recorded) } }),
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }]));
}

/** Fields of messages by number, as W&B keeps them (loggers, section 3.2). */
const NAME = '1';
const STEP_METRIC = '5';
const OPTIONS = '6';
const STEP_SYNC = 1;
const DEFINED = 3;
const CLIENT_VERSION = '5';

/** Every metric is charted against the training step. Without `t` a run counts as not begun. */
export function metricDefinitions(names: readonly string[]): Json {
  const definitions = [
    { [NAME]: STEP, [OPTIONS]: [DEFINED] },
    ...names.map(name => ({ [NAME]: name, [STEP_METRIC]: 1, [OPTIONS]: [STEP_SYNC, DEFINED] })),
  ];
  return { _wandb: { value: { t: { [CLIENT_VERSION]: version }, m: definitions, cli_version: version } } };
}
