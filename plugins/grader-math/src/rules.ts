/**
 * Where this grader deviates from the reference, each with its reason. A rule is recorded in a verdict whenever it was
 * applied to one of the two answers, so that a verdict that differs from the reference's names why.
 */
export const DEVIATIONS = {
  'variable-prefix':
    'The reference drops whatever stands before "=" if it is short, so that x=3 equals y=3. Here two different names make two different answers; a name on one side only is dropped.',
  'bracketed-thousands':
    'The reference reads (5,429) as the number 5429, and then ignores the brackets, so that [5,429) equals [5,429]. Here a comma between brackets separates elements.',
  'letters-as-product':
    'The reference multiplies letters out, so that "no" equals "on". Here two answers that are both bare words are compared as text.',
  'base-subscript':
    'The reference reads 3323_9 as the number 33239, as Python reads an underscore. Here a numeral with a base is its own value.',
  'long-integer':
    'The reference compares integers after rounding to double precision, so that they agree in the first 16 digits only. Here every digit counts.',
  'near-integer':
    'The reference takes a number within 1e-7 of an integer for that integer. Here 30.00000001 is not 30.',
  'text-cut':
    'The reference cuts everything from "\\text{ " on, so that 36\\text{ cm}+4 equals 36. Here the cut is made only when nothing but a unit follows.',
  'unit-inside-word':
    'The reference deletes unit words inside other words, so that "kilometer" equals "kilo". Here a unit is a whole word.',
  'units-differ':
    'The reference drops units without comparing them, so that 36 cm^2 equals 36 cm. Here two known units must be the same; a unit on one side only is dropped.',
  'negative-mixed': 'The reference reads -2 3/5 as -2 + 3/5. Here the sign covers the whole mixed number.',
  'mixed-joined':
    'The reference deletes the space in 3 1/2, so that it equals 31/2. Here a mixed number stays one.',
  'form-lost':
    'The reference drops the braces, roots, overlines and unknown commands of LaTeX, so that x^{1/2} equals x/2, \\sqrt[3]{2} equals \\sqrt{2} and \\binom{5}{2} equals 52. Here two answers whose text agrees after the loss must agree before it too.',
  'decimals-exact':
    'The reference computes with decimals in floating point, so that 0.1+0.2 differs from 3/10. Here a decimal is an exact fraction.',
} as const;

export type Deviation = keyof typeof DEVIATIONS;
