/**
 * The machine's peak for large matrix products in float32, by onnxruntime: what shares of the peak refer to. Prints
 * `{"ready":true}` and, for each line on stdin, one line of JSON, as alternate.mjs wants it.
 */
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Graph, matMul, toOnnx } from '@tinsmith/graph';
import { repository } from './programs.mjs';

const ort = createRequire(`${repository}/plugins/engine-local/package.json`)('onnxruntime-node');
const threads = Number(process.argv[2]);
const [rows, inner, columns] = [1024, 1024, 3072];
const products = 16;

const noise = size => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7));
const graph = new Graph();
const left = graph.input('left', 'float32', [rows, inner]);
const right = graph.input('right', 'float32', [columns, inner]);
const session = await ort.InferenceSession.create(
  toOnnx({ product: matMul(left, right, { transposeRight: true }) }).onnx,
  { intraOpNumThreads: threads },
);
const feeds = {
  left: new ort.Tensor('float32', noise(rows * inner), [rows, inner]),
  right: new ort.Tensor('float32', noise(columns * inner), [columns, inner]),
};
await session.run(feeds);
console.log('{"ready":true}');

for await (const _ of createInterface({ input: process.stdin })) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  for (let i = 0; i < products; i++) await session.run(feeds);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const flops = products * 2 * rows * inner * columns;
  console.log(JSON.stringify({ seconds, cpu_seconds: (user + system) / 1e6, gflops: flops / seconds / 1e9 }));
}
