/** Which comparisons are learnt, and which are kept out of training: data sets by name, or a file of your own. */
import {
  originOf,
  type Row,
  type RowRequest,
  type RowSource,
  type RowTable,
  TinsmithError,
} from '@tinsmith/core';
import type { Reading } from '@tinsmith/training';
import { isOnHub } from '@tinsmith/training/options';
import { z } from 'zod';
import {
  arena,
  helpSteer2,
  helpSteer2Row,
  helpSteer3,
  hhh,
  ownComparison,
  type ReadRow,
  tulu3,
  ultraFeedback,
} from './formats.js';

export const comparisonDataShape = {
  dataset: z
    .string()
    .default('hhh')
    .describe(
      'hhh, helpsteer3, ultrafeedback, tulu3, arena, helpsteer2, or labelled comparisons of your own: a file, a folder or a hub id.',
    ),
  datasetSource: z
    .string()
    .optional()
    .describe('Where a data set of those names lies, e.g. a folder. Default: its place on the hub.'),
  trainSplit: z.string().default('train'),
  testSplit: z
    .string()
    .nullable()
    .optional()
    .describe('What is evaluated; null: nothing. Default: that of the data set, else none.'),
  testSize: z
    .int()
    .min(0)
    .optional()
    .describe(
      'Comparisons that are evaluated: the first of testSplit, else of the train split, where they are left out of training. Default: 1024 of the data sets with a name, but no more than a tenth of the train split; all of a testSplit of your own.',
    ),
};

const choice = z.object(comparisonDataShape);
export type ComparisonChoice = z.output<typeof choice>;

interface KnownDataset {
  readonly hub: string;
  readonly config?: string;
  readonly read: ReadRow;
  /** Undefined: the first comparisons of the train split. */
  readonly testSplit?: string;
  /** Makes comparisons out of rows that hold one answer each. */
  readonly pair?: (answers: RowTable<Row>) => Promise<RowTable<Row>>;
}

const TEST_SIZE = 1024;

const KNOWN: Readonly<Record<string, KnownDataset>> = {
  hhh: { hub: 'Anthropic/hh-rlhf', read: hhh, testSplit: 'test' },
  helpsteer3: {
    hub: 'nvidia/HelpSteer3',
    config: 'preference',
    read: helpSteer3,
    testSplit: 'validation',
  },
  ultrafeedback: { hub: 'argilla/ultrafeedback-binarized-preferences', read: ultraFeedback },
  tulu3: { hub: 'allenai/llama-3.1-tulu-3-8b-preference-mixture', read: tulu3 },
  arena: { hub: 'lmarena-ai/arena-human-preference-140k', read: arena },
  helpsteer2: { hub: 'nvidia/HelpSteer2', read: helpSteer2, pair: bestAgainstWorst },
};

interface Resolved {
  readonly request: RowRequest;
  readonly known: KnownDataset | undefined;
  readonly read: ReadRow;
}

function resolve({ dataset, datasetSource, trainSplit: split }: ComparisonChoice): Resolved {
  const known = Object.hasOwn(KNOWN, dataset) ? KNOWN[dataset] : undefined;
  const source = datasetSource ?? known?.hub ?? dataset;
  // A configuration is a matter of the hub: a folder of one's own has none.
  const config = datasetSource === undefined ? known?.config : undefined;
  return { request: { source, config, split }, known, read: known?.read ?? ownComparison };
}

export interface Comparisons {
  readonly train: RowTable<Row>;
  /** Never empty. Undefined: nothing is evaluated. */
  readonly test: RowTable<Row> | undefined;
  /** What a row holds, or why it is not used. Throws COMPARISON_INVALID for a row of another format. */
  readonly read: (row: Row) => Reading;
}

/** Both splits are shuffled by the seed (0 in the reference). */
export async function openComparisons(
  rows: RowSource,
  options: ComparisonChoice,
  seed: number,
): Promise<Comparisons> {
  const { request, known, read } = resolve(options);
  const { testSplit = known?.testSplit ?? null, testSize } = options;
  const open = async (split: string | undefined): Promise<RowTable<Row>> => {
    const opened = await rows.open({ ...request, split });
    if (!known?.pair) return opened.shuffle({ seed }).table();
    return shuffled(await known.pair(await opened.table()), seed);
  };
  const train = await open(request.split);
  if (testSize === 0) return { train, test: undefined, read };
  if (testSplit !== null) {
    const all = await open(testSplit);
    const test = part(all, 0, testSize ?? (known ? TEST_SIZE : all.length));
    return { train, test: test.length > 0 ? test : undefined, read };
  }
  const isWithout = options.testSplit === null || !known;
  const size = testSize ?? (isWithout ? 0 : Math.min(TEST_SIZE, Math.floor(train.length / 10)));
  if (size === 0) return { train, test: undefined, read };
  return { train: part(train, size), test: part(train, 0, size), read };
}

/** Enough for most files, read in a second. */
const LOOKED_AT = 10_000;

/**
 * Before a run: of data on this machine the beginning is read.
 * @throws the errors of the row source and of the format; COMPARISONS_UNUSABLE if nothing that was read can be learnt
 */
export async function checkComparisons(rows: RowSource, options: ComparisonChoice): Promise<void> {
  const { request, known, read } = resolve(options);
  if (isOnHub(request.source)) return;
  const reasons = new Map<string, number>();
  for await (const row of (await rows.open(request)).take(LOOKED_AT)) {
    if (known?.pair) return void parseAnswer(row);
    const found = read(row);
    if (!('skipped' in found)) return;
    reasons.set(found.skipped, (reasons.get(found.skipped) ?? 0) + 1);
  }
  const counts = [...reasons].map(([reason, count]) => `${count} rows: ${reason}`);
  throw new TinsmithError({
    code: 'COMPARISONS_UNUSABLE',
    message: 'the data holds no comparison that can be learnt',
    at: request.source,
    found: counts.join('; ') || 'no rows',
    fix: 'conversations that are the same up to the last answer, of which one was preferred',
  });
}

const part = (table: RowTable<Row>, start: number, end = table.length): RowTable<Row> => ({
  length: Math.max(Math.min(end, table.length) - start, 0),
  at: index => table.at(start + index),
});

async function shuffled(table: RowTable<Row>, seed: number): Promise<RowTable<Row>> {
  const { tableOrder } = await import('@tinsmith/training');
  const order = tableOrder(table.length, seed);
  return { length: table.length, at: index => table.at(order[index]!) };
}

function parseAnswer(row: Row): z.output<typeof helpSteer2Row> {
  const parsed = helpSteer2Row.safeParse(row);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new TinsmithError({
    code: 'COMPARISON_INVALID',
    message: 'a row is not an answer as HelpSteer2 writes them',
    at: originOf(row),
    found: `${path.join('.')}: ${message}; the row has ${Object.keys(row).join(', ')}`,
    fix: 'another `dataset`, which says how rows are written, or other data',
  });
}

/** Per prompt the most helpful answer against the least helpful one, if they differ. Holds the places of rows, not the rows. */
async function bestAgainstWorst(answers: RowTable<Row>): Promise<RowTable<Row>> {
  const byPrompt = new Map<string, { place: number; helpfulness: number }[]>();
  for (let place = 0; place < answers.length; place++) {
    const { prompt, helpfulness } = parseAnswer(await answers.at(place));
    const found = byPrompt.get(prompt) ?? [];
    byPrompt.set(prompt, [...found, { place, helpfulness }]);
  }
  const pairs = [...byPrompt.values()].flatMap(found => {
    const [best, ...others] = found.toSorted((one, other) => other.helpfulness - one.helpfulness);
    const worst = others.at(-1);
    return best && worst && best.helpfulness > worst.helpfulness ? [[best.place, worst.place] as const] : [];
  });
  return {
    length: pairs.length,
    async at(index) {
      const [best, worst] = pairs[index]!;
      const [chosen, rejected] = [parseAnswer(await answers.at(best)), parseAnswer(await answers.at(worst))];
      return {
        prompt: chosen.prompt,
        chosen_response: chosen.response,
        rejected_response: rejected.response,
      };
    },
  };
}
