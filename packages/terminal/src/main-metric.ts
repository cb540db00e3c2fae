/** Which of a run's metrics tells most about it. */

/** The first that a run reports: what it is trained for, before what it is trained with. */
const LABELS: Readonly<Record<string, string>> = {
  'env/all/reward/total': 'reward',
  'reward/total': 'reward',
  'reward/mean': 'reward',
  accuracy: 'accuracy',
  dpo_loss: 'dpo_loss',
  train_mean_nll: 'nll',
  loss: 'loss',
};

/** Undefined: none of those that tell something of themselves. */
export const mainMetricOf = (reported: readonly string[]): string | undefined =>
  Object.keys(LABELS).find(name => reported.includes(name));

/** What it is called beside its curve. */
export const metricLabel = (name: string): string => LABELS[name] ?? name;
