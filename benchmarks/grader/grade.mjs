/**
 * Latency of 10,000 gradings, without and with the symbolic step, in the calling thread and through a grader with its time
 * limit. Pairs: the reference vectors, in turn. Build first (`pnpm build`), then: node benchmarks/grader/grade.mjs
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createGrader, gradeAnswer } from '@tinsmith/grader-math';

const GRADINGS = 10_000;
const LIMIT_P99_MS = 5;

const folder = join(
  process.env.TINSMITH_GOLDEN ?? join(import.meta.dirname, '../../fixtures/golden'),
  'algorithms',
);
const pairs = readdirSync(folder)
  .filter(name => name.startsWith('math_grading') && name.endsWith('.jsonl.gz'))
  .flatMap(name =>
    gunzipSync(readFileSync(join(folder, name)))
      .toString('utf8')
      .trim()
      .split('\n'),
  )
  .map(line => JSON.parse(line))
  .filter(row => row.op === 'grade')
  .map(row => [row.input.answer, row.input.gold]);

const isSymbolic = ([answer, gold]) =>
  /^symbolic_(?:equal|different|error)$/.test(gradeAnswer(answer, gold).stage);
const symbolic = pairs.filter(isSymbolic);
const textual = pairs.filter(pair => !isSymbolic(pair));

async function measure(name, from, grade) {
  const times = [];
  for (let index = 0; index < GRADINGS; index += 1) {
    const [answer, gold] = from[index % from.length];
    const start = performance.now();
    await grade(answer, gold);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = share =>
    times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(3).padStart(9);
  console.log(`${name.padEnd(44)} p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   max ${at(1)} ms`);
  return times[Math.floor(0.99 * times.length)];
}

console.log(
  `${GRADINGS} gradings each; ${textual.length} pairs decided as text, ${symbolic.length} symbolically; Node ${process.version}`,
);
const p99 = await measure('without the symbolic step, calling thread', textual, gradeAnswer);
await measure('symbolic, calling thread', symbolic, gradeAnswer);
const grader = createGrader();
await measure('without the symbolic step, with time limit', textual, grader.grade);
await measure('symbolic, with time limit', symbolic, grader.grade);
await grader.dispose();
if (p99 > LIMIT_P99_MS) {
  console.error(`p99 without the symbolic step is ${p99.toFixed(3)} ms, more than ${LIMIT_P99_MS} ms`);
  process.exitCode = 1;
}
