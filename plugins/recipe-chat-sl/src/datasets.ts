/** Which conversations are learnt, and which are kept out of training. */
import type { Conversation, RowRequest, Rows, RowSource, TrainOnWhat } from '@tinsmith/core';
import { checkConversations } from '@tinsmith/training/options';
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

interface Resolved {
  readonly train: RowRequest;
  readonly testSplit: string | null;
  readonly testSize: number;
  readonly trainOnWhat: TrainOnWhat;
}

function resolve(options: DataChoice): Resolved {
  const { dataset, datasetConfig: config, trainSplit: split } = options;
  const defaults = (Object.hasOwn(KNOWN, dataset) && KNOWN[dataset]) || OWN;
  return {
    train: { source: defaults.source ?? dataset, config, split },
    testSplit: options.testSplit === undefined ? defaults.testSplit : options.testSplit,
    testSize: options.testSize ?? (options.testSplit ? 0 : defaults.testSize),
    trainOnWhat: options.trainOnWhat ?? defaults.trainOnWhat,
  };
}

/** Before a run: of data on this machine the beginning is read. */
export const checkChatData = (rows: RowSource, options: DataChoice): Promise<void> =>
  checkConversations(rows, resolve(options).train);

/** The train split is shuffled by the seed (0 in the reference); a test split keeps its order. */
export async function openChatData(rows: RowSource, options: DataChoice, seed: number): Promise<ChatData> {
  const { train: request, testSplit, testSize, trainOnWhat } = resolve(options);
  const train = (await rows.conversations(request)).shuffle({ seed });
  if (testSize > 0) return { train: train.skip(testSize), test: train.take(testSize), trainOnWhat };
  if (testSplit === null) return { train, test: undefined, trainOnWhat };
  return { train, test: await rows.conversations({ ...request, split: testSplit }), trainOnWhat };
}
