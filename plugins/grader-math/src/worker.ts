/** The thread of a grader: one pair in, one verdict out. */
import { parentPort } from 'node:worker_threads';
import { gradeAnswer } from './grade.js';

export type GradeRequest = { readonly answer: string; readonly gold: string };

parentPort?.on('message', ({ answer, gold }: GradeRequest) =>
  parentPort?.postMessage(gradeAnswer(answer, gold), []),
);
parentPort?.postMessage('ready', []);
