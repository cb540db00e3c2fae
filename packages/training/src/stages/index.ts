export { metricsOfStage, rowsOfStage } from './stage-files.js';
export * from './stages.js';
