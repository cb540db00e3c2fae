/** What a command is about: a base model, or a checkpoint of a run. */
export * from './subject.js';
export * from './subject-request.js';
