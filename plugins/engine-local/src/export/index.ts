export { type LogprobDifference } from './compare-logprobs.js';
export { type ExportFormat, exportFormats } from './formats.js';
export { mergeCheckpoint, type MergeOptions, type MergeReport } from './merge-checkpoint.js';
