/** Whether a response follows all instructions of a prompt: strictly, and with the allowances of the benchmark. */
import type { Grade } from '../answers/task.js';
import { beginning } from '../answers/task.js';
import { type Check, checks } from './checks.js';

export interface Instruction {
  readonly id: string;
  readonly check: Check;
  /** As its schema made them. */
  readonly values: unknown;
}

export class InstructionError extends Error {}

/** @throws InstructionError for an id that is not known, or arguments that do not fit it */
export function readInstruction(id: string, kwargs: unknown): Instruction {
  const found = Object.hasOwn(checks, id) ? checks[id] : undefined;
  if (!found) throw new InstructionError(`there is no check for the instruction ${id}`);
  const given = Object.fromEntries(Object.entries(kwargs ?? {}).filter(([, value]) => value !== null));
  const values = found.arguments.safeParse(given);
  if (!values.success)
    throw new InstructionError(
      `${id}: ${values.error.issues.map(issue => `${issue.path.join('.')} ${issue.message}`).join(', ')}`,
    );
  return { id, check: found, values: values.data };
}

/** One claim per instruction. An empty response follows none. */
export const followed = (response: string, instructions: readonly Instruction[]): boolean[] =>
  instructions.map(
    ({ check, values }) => response.trim() !== '' && check.isFollowed(response, values as never),
  );

/** Without a first line ("Sure, here it is:"), a last one, asterisks, and every mixture of these. */
function variants(response: string): string[] {
  const lines = response.split('\n');
  const cut = [lines, lines.slice(1), lines.slice(0, -1), lines.slice(1, -1)].map(kept =>
    kept.join('\n').trim(),
  );
  return [response, ...cut, ...[response, ...cut].map(text => text.replaceAll('*', ''))];
}

const all = (claims: readonly boolean[]) => (claims.every(Boolean) ? 1 : 0);
const share = (claims: readonly boolean[]) => claims.filter(Boolean).length / claims.length;

/** The reward is 1 if all instructions are followed strictly. */
export function gradeInstructions(response: string, instructions: readonly Instruction[]): Grade {
  const strict = followed(response, instructions);
  const each = variants(response).map(variant => followed(variant, instructions));
  const loose = instructions.map((_, index) => each.some(claims => claims[index]));
  return {
    reward: all(strict),
    metrics: {
      prompt_strict: all(strict),
      prompt_loose: all(loose),
      instruction_share_strict: share(strict),
      instruction_share_loose: share(loose),
    },
    logs: {
      not_followed: instructions
        .filter((_, index) => !strict[index])
        .map(({ id }) => id)
        .join(', '),
      output: beginning(response, 500),
    },
  };
}
