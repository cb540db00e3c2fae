/** Which of a run's metrics tells most about it. */

/** The first that a run reports: what it is trained for, before what it is trained with. */
const LABELS: Readonly<Record<string, string>> = {
  win_rate: 'win rate',
  'env/all/reward/total': 'reward',
  'reward/total': 'reward',
  'reward/mean': 'reward',
  accuracy: 'accuracy',
  dpo_loss: 'dpo_loss',
  train_mean_nll: 'nll',
  loss: 'loss',
};

/**
 * Undefined: none of those that tell something of themselves. A run of several stages reports them below the stage's name:
 * `sft/train_mean_nll`.
 */
export function mainMetricOf(reported: readonly string[]): string | undefined {
  const names = Object.keys(LABELS);
  const ofRun = names.find(name => reported.includes(name));
  if (ofRun !== undefined) return ofRun;
  const ofStages = names.flatMap(name => reported.filter(metric => partsOf(metric).name === name));
  return ofStages.find(metric => !NO_STAGES.has(partsOf(metric).stage ?? ''));
}

/** What stands in front of metrics for other reasons. */
const NO_STAGES = new Set(['', 'test', 'eval']);

/** Of a run with several stages. Undefined: the metric is of the run as a whole. */
export const stageOfMetric = (metric: string): string | undefined => partsOf(metric).stage;

/** What it is called beside its curve. */
export function metricLabel(metric: string): string {
  const { stage, name } = partsOf(metric);
  const label = LABELS[name];
  if (label === undefined) return metric;
  return stage === undefined ? label : `${stage} ${label}`;
}

function partsOf(metric: string): { readonly stage: string | undefined; readonly name: string } {
  const slash = metric.indexOf('/');
  const name = metric.slice(slash + 1);
  if (slash < 0 || Object.hasOwn(LABELS, metric) || !Object.hasOwn(LABELS, name))
    return { stage: undefined, name: metric };
  return { stage: metric.slice(0, slash), name };
}
