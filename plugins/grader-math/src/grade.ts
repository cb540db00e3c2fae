/**
 * Grades one answer against the right one, step by step as the reference does, and names the step that decided. Pure and
 * synchronous: it has no time limit of its own (see grader.ts for one).
 */
import {
  compareElements,
  compareSymbolically,
  splitElements,
  splitNested,
  type ElementStage,
} from './elements.js';
import { normaliseA, type NormalisedA } from './normalise-a.js';
import { normaliseB, type NormalisedB } from './normalise-b.js';
import type { Deviation } from './rules.js';

/**
 * `norm_a`, `norm_b`: decided on the text after the first or the second normalisation. `empty`: nothing is left of the
 * answer. `structure`: brackets or number of elements. The other steps look at elements; for several elements it is the
 * step of the last one looked at. `timeout`: the time limit of a grader. `failed`:
 * its thread died, out of memory.
 */
export type Stage = 'norm_a' | 'norm_b' | 'empty' | 'structure' | ElementStage | 'timeout' | 'failed';

export type Verdict = {
  readonly equal: boolean;
  readonly stage: Stage;
  /** With `symbolic_equal`: shown by exact rewriting, or numerically below a separation bound. */
  readonly by?: 'exact' | 'numeric';
  /** Rules that were applied to one of the two answers; a verdict that differs from the reference's is due to one of them. */
  readonly deviations: readonly Deviation[];
};

export function gradeAnswer(answer: string, gold: string): Verdict {
  const rules = new Set<Deviation>();
  const { equal, stage, by } = decide(answer, gold, rules);
  return { equal, stage, ...(by === undefined ? {} : { by }), deviations: [...rules] };
}

type Decision = { readonly equal: boolean; readonly stage: Stage; readonly by?: 'exact' | 'numeric' };

function decide(answer: string, gold: string, rules: Set<Deviation>): Decision {
  const answerA = normaliseA(answer);
  const goldA = normaliseA(gold);
  addAll(rules, answerA.rules, goldA.rules);
  if (contradictA(answerA, goldA, rules)) return { equal: false, stage: 'norm_a' };
  if (answerA.text === goldA.text) return { equal: true, stage: 'norm_a' };

  const answerB = normaliseB(answer);
  const goldB = normaliseB(gold);
  addAll(rules, answerB.rules, goldB.rules);
  const decision = decideB(answerB, goldB, rules);
  if (!decision.equal) return decision;
  if (unitsDiffer(answerB.units, goldB.units)) {
    rules.add('units-differ');
    return { equal: false, stage: decision.stage };
  }
  if (!formsAgree(answerB, goldB)) {
    addAll(rules, answerB.kept, goldB.kept);
    return { equal: false, stage: decision.stage };
  }
  return decision;
}

function decideB(answer: NormalisedB, gold: NormalisedB, rules: Set<Deviation>): Decision {
  if (answer.text === gold.text) return { equal: true, stage: 'norm_b' };
  if (answer.text === '') return { equal: false, stage: 'empty' };
  const answers = splitElements(answer.text, rules);
  const golds = splitElements(gold.text, rules);
  const brackets = answer.text[0] === gold.text[0] && answer.text.at(-1) === gold.text.at(-1);
  if ((golds.length > 1 && !brackets) || golds.length !== answers.length)
    return { equal: false, stage: 'structure' };
  let decision: Decision = { equal: false, stage: 'structure' };
  for (const [index, element] of golds.entries()) {
    decision = compareElements(answers[index] ?? '', element, rules);
    if (!decision.equal) break;
  }
  return decision;
}

/** Two different names before `=`, or two different units that were cut, make two different answers. */
function contradictA(answer: NormalisedA, gold: NormalisedA, rules: Set<Deviation>): boolean {
  if (answer.text !== gold.text) return false;
  if (answer.prefix !== undefined && gold.prefix !== undefined && answer.prefix !== gold.prefix) {
    rules.add('variable-prefix');
    return true;
  }
  if (answer.unit !== undefined && gold.unit !== undefined && answer.unit !== gold.unit) {
    rules.add('units-differ');
    return true;
  }
  return false;
}

function unitsDiffer(answer: readonly string[], gold: readonly string[]): boolean {
  if (answer.length === 0 || gold.length === 0) return false;
  return !answer.every(unit => gold.includes(unit)) || !gold.every(unit => answer.includes(unit));
}

/** Equal after the loss of form: equal before it too, as text or as mathematics? */
function formsAgree(answer: NormalisedB, gold: NormalisedB): boolean {
  if (answer.boxes.length > 0 && gold.boxes.length > 0 && answer.boxes.join('\n') !== gold.boxes.join('\n'))
    return false;
  if (answer.faithful === gold.faithful) return true;
  if (answer.kept.size === 0 && gold.kept.size === 0) return true;
  const answers = splitNested(answer.faithful);
  const golds = splitNested(gold.faithful);
  return (
    answers.length === golds.length &&
    answers.every((element, index) => {
      const other = golds[index] ?? '';
      return (
        readableNumeral(element) === readableNumeral(other) ||
        compareSymbolically(element, other, new Set()).equal
      );
    })
  );
}

/** `1_000` has a separator of thousands, `2112_6.` a full stop; any other underscore between digits is a base. */
function readableNumeral(text: string): string {
  const numeral = text.replace(/^(\d+(?:_\d+)+)\.$/, '$1');
  return /^-?\d{1,3}(?:_\d{3})+$/.test(numeral) ? numeral.replaceAll('_', '') : numeral;
}

function addAll(target: Set<Deviation>, ...sources: readonly ReadonlySet<Deviation>[]): void {
  for (const source of sources) for (const rule of source) target.add(rule);
}
