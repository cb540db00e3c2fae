/** Names of runs, as the Cookbook's but for the slash of a model's name: that one would put a run into a folder of its own. */
import { floatText } from '@tinsmith/training/options';

export interface RunNameOptions {
  readonly modelName: string;
  readonly groupSize: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

export function runNameOf({ modelName, groupSize, batchSize, learningRate }: RunNameOptions): string {
  const model = modelName.replaceAll('/', '-');
  return `${model}-${groupSize}group-${batchSize}batch-${floatText(learningRate)}lr`;
}
