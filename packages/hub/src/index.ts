/** Files of models and data sets from the Hugging Face hub. */
export * from './error.js';
export { createHub, findLocalFolder, type Hub, openFolder, type Repository } from './hub.js';
export { progressLines } from './progress-lines.js';
export { isRepoId, type RepoKind, type RepoRequest } from './repo.js';
export { defaultCacheFolder, type HubOptions, type HubProgress, type RetryPolicy } from './settings.js';
