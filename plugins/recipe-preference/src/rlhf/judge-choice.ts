/** Who judges in stage 3, if it is not the reward model of stage 2: chosen in the config, checked before a run. */
import {
  type Judge,
  type JudgeSource,
  nearest,
  parseOptions,
  type Registry,
  TinsmithError,
} from '@tinsmith/core';
import type { RlhfOptions } from './options.js';

type Choice = Pick<RlhfOptions, 'judge' | 'judgeOptions'>;

/** Its source and what its schema made of its options; undefined if none was chosen. */
async function chosen({ judge, judgeOptions }: Choice, judges: Registry<JudgeSource>) {
  if (judge === undefined) return undefined;
  if (!judges.has(judge)) {
    const near = nearest(judge, judges.names());
    throw new TinsmithError({
      code: 'JUDGE_UNKNOWN',
      message: `no plugin provides the judge "${judge}"`,
      at: 'recipe.with.judge',
      found: judges.names().join(', ') || 'no judges',
      fix: near === undefined ? 'one of those, or a plugin that provides it' : `judge: ${near}`,
    });
  }
  const source = await judges.get(judge);
  const place = { at: 'recipe.with.judgeOptions', owner: 'this judge' };
  return { source, options: await parseOptions(source.options, judgeOptions, place) };
}

/** @throws JUDGE_UNKNOWN, and what the judge's schema finds wrong with its options */
export async function checkJudge(choice: Choice, judges: Registry<JudgeSource>): Promise<void> {
  await chosen(choice, judges);
}

/** Undefined if none was chosen. Throws what `checkJudge` does, and if the judge cannot be asked. */
export async function openJudge(choice: Choice, judges: Registry<JudgeSource>): Promise<Judge | undefined> {
  const found = await chosen(choice, judges);
  return found && (await found.source.create(found.options));
}
