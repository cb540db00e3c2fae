export { ExtractionError, extractBoxed, extractGsm8kAnswer, type ExtractionFailure } from './extract.js';
export { gradeAnswer, type Stage, type Verdict } from './grade.js';
export { createGrader, GraderClosedError, type Grader, type GraderOptions } from './grader.js';
export { DEVIATIONS, type Deviation } from './rules.js';
