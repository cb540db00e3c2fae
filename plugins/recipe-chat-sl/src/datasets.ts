/** Which conversations are learnt, and which are kept out of training. */
import type { Conversation, Rows, RowSource, TrainOnWhat } from '@tinsmith/core';
import type { ChatSlOptions } from './options.js';

interface DatasetDefaults {
  /** On the hub; undefined: the name is the source. */
  readonly source?: string;
  readonly testSplit: string | null;
  readonly testSize: number;
  readonly trainOnWhat: TrainOnWhat;
}

const OWN: DatasetDefaults = { testSplit: null, testSize: 0, trainOnWhat: 'all_assistant_messages' };

/** The data sets that the reference knows by name. */
const KNOWN: Readonly<Record<string, DatasetDefaults>> = {
  no_robots: { ...OWN, source: 'HuggingFaceH4/no_robots', testSplit: 'test' },
  tulu3: {
    source: 'allenai/tulu-3-sft-mixture',
    testSplit: null,
    testSize: 1024,
    trainOnWhat: 'last_assistant_message',
  },
};

export interface ChatData {
  readonly train: Rows<Conversation>;
  /** Undefined: nothing is evaluated. */
  readonly test: Rows<Conversation> | undefined;
  readonly trainOnWhat: TrainOnWhat;
}

type DataChoice = Pick<
  ChatSlOptions,
  'dataset' | 'datasetConfig' | 'trainSplit' | 'testSplit' | 'testSize' | 'trainOnWhat'
>;

/** The train split is shuffled by the seed (0 in the reference); a test split keeps its order. */
export async function openChatData(rows: RowSource, options: DataChoice, seed: number): Promise<ChatData> {
  const { dataset, datasetConfig: config, trainSplit } = options;
  const defaults = (Object.hasOwn(KNOWN, dataset) && KNOWN[dataset]) || OWN;
  const { source = dataset } = defaults;
  const testSize = options.testSize ?? (options.testSplit ? 0 : defaults.testSize);
  const testSplit = options.testSplit === undefined ? defaults.testSplit : options.testSplit;
  const trainOnWhat = options.trainOnWhat ?? defaults.trainOnWhat;
  const train = (await rows.conversations({ source, config, split: trainSplit })).shuffle({ seed });
  if (testSize > 0) return { train: train.skip(testSize), test: train.take(testSize), trainOnWhat };
  if (testSplit === null) return { train, test: undefined, trainOnWhat };
  return { train, test: await rows.conversations({ source, config, split: testSplit }), trainOnWhat };
}
