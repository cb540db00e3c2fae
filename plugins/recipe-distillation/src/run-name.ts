/** Names of runs, without the time stamp. */
import { basename, isAbsolute } from 'node:path';
import { floatText } from '@tinsmith/training/options';

/** Where data is on this machine tells no runs apart. */
export const dataName = (dataset: string): string => (isAbsolute(dataset) ? basename(dataset) : dataset);

/** Model, rank and learning rate. */
export const modelPart = ({
  modelName,
  loraRank,
  learningRate,
}: {
  readonly modelName: string;
  readonly loraRank: number;
  readonly learningRate: number;
}): string => `${modelName.replaceAll('/', '-')}-${loraRank}rank-${floatText(learningRate)}lr`;
