/** Times of the parts of a step, with the Cookbook's names: `time/<name>`, split up when a part repeats. */
import type { Metrics } from '@tinsmith/core';

export class StepTimes {
  readonly step: number;
  readonly #seconds = new Map<string, number[]>();

  constructor(step: number) {
    this.step = step;
  }

  add(name: string, seconds: number): void {
    const all = this.#seconds.get(name);
    if (all) all.push(seconds);
    else this.#seconds.set(name, [seconds]);
  }

  /** In seconds; `:count` is a number of spans. */
  metrics(): Metrics {
    const metrics: Record<string, number> = {};
    for (const [name, all] of this.#seconds) {
      const total = all.reduce((sum, seconds) => sum + seconds, 0);
      const key = `time/${name}`;
      if (all.length === 1) metrics[key] = total;
      else {
        metrics[`${key}:total`] = total;
        metrics[`${key}:count`] = all.length;
        metrics[`${key}:mean`] = total / all.length;
        metrics[`${key}:max`] = all.reduce((max, seconds) => Math.max(max, seconds), 0);
      }
    }
    return metrics;
  }
}
