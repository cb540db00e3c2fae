/**
 * What the model is taught, as a mixture of skills. A new skill is one more line here: a name, a share
 * and a function from random numbers to a chat. Knows nothing about tokens or training.
 */
import { createRandom, type Random } from './random.js';
import { courtesyConversation, repeatConversation, sayConversation } from './small-talk.js';
import { sumConversation, type SumOptions } from './sums.js';
import type { Turn } from './turn.js';

export interface MixtureOptions extends SumOptions {
  readonly seed: number;
}

interface Skill {
  readonly name: string;
  /** Of all conversations; the shares add up to 1. */
  readonly share: number;
  conversation(random: Random, options: MixtureOptions): Turn[];
}

export const skills: readonly Skill[] = [
  { name: 'sums', share: 0.8, conversation: sumConversation },
  { name: 'courtesy', share: 0.06, conversation: courtesyConversation },
  { name: 'say', share: 0.06, conversation: sayConversation },
  { name: 'repeat', share: 0.08, conversation: repeatConversation },
];

const systemPrompt: Turn = { role: 'system', content: 'You are a helpful assistant.' };

/**
 * `count` conversations; the same for the same seed and batch number, whatever was drawn before. One
 * small-talk chat in eight opens with a system message, so that the model has seen one.
 */
export function conversations(count: number, batch: number, options: MixtureOptions): Turn[][] {
  const random = createRandom(options.seed, batch);
  return Array.from({ length: count }, () => {
    const skill = chooseSkill(random);
    const conversation = skill.conversation(random, options);
    return skill.name !== 'sums' && random.next() < 1 / 8 ? [systemPrompt, ...conversation] : conversation;
  });
}

function chooseSkill(random: Random): Skill {
  let remaining = random.next();
  for (const skill of skills) {
    remaining -= skill.share;
    if (remaining < 0) return skill;
  }
  return skills.at(-1)!; // the shares add up to 1 but for rounding
}
