/**
 * Comparisons with a label: which of two answers somebody preferred, and how that is written as conversations. Knows nothing of
 * where comparisons come from, nor of losses.
 */
import type { Comparison, Message } from '@tinsmith/core';

export type PreferenceLabel = 'A' | 'B' | 'Tie';

export interface LabelledComparison {
  readonly comparison: Comparison;
  readonly label: PreferenceLabel;
}

const OTHER: Readonly<Record<PreferenceLabel, PreferenceLabel>> = { A: 'B', B: 'A', Tie: 'Tie' };

/** The same comparison with its answers the other way round. */
export function swapped({ comparison, label }: LabelledComparison): LabelledComparison {
  const { prompt, completionA, completionB } = comparison;
  return { comparison: { prompt, completionA: completionB, completionB: completionA }, label: OTHER[label] };
}

/** What a judge model reads before it says which answer is better; the texts are the Cookbook's. */
export function comparisonMessages({ prompt, completionA, completionB }: Comparison): Message[] {
  return [
    ...prompt,
    { role: 'system', content: '==== Completion A ====' },
    ...completionA,
    { role: 'system', content: '==== Completion B ====' },
    ...completionB,
    { role: 'system', content: '==== Preference ====' },
  ];
}

/** The same with what a judge model is to say. */
export function labelledMessages({ comparison, label }: LabelledComparison): Message[] {
  return [...comparisonMessages(comparison), { role: 'assistant', content: label }];
}

/** The conversation with the answer that was preferred, and the one with the other. Undefined for a tie. */
export function preferredAndOther({
  comparison: { prompt, completionA, completionB },
  label,
}: LabelledComparison): { readonly chosen: Message[]; readonly rejected: Message[] } | undefined {
  if (label === 'Tie') return undefined;
  const [chosen, rejected] = label === 'A' ? [completionA, completionB] : [completionB, completionA];
  return { chosen: [...prompt, ...chosen], rejected: [...prompt, ...rejected] };
}
