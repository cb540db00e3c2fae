/**
 * Streams a generated jsonl.gz through `@tinsmith/datasets-hub` and measures memory and speed. Build first
 * (`pnpm build`), then:
 *
 *     node benchmarks/data/stream.mjs                     200 MB of rows
 *     node benchmarks/data/stream.mjs --megabytes 1000    1 GB
 *     node benchmarks/data/stream.mjs --shuffle           in the order of a seed, through a temporary copy
 *
 * Prints one line of JSON. Memory is the resident set of this process, sampled after every 1,000 rows; `growthMb` is
 * its highest value less that after the first tenth of the rows. Sizes are in 10^6 bytes of uncompressed text.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { createRowSource } from '@tinsmith/datasets-hub';
import { createHub } from '@tinsmith/hub';

const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '200' }, shuffle: { type: 'boolean', default: false } },
});
const wantedBytes = Number(values.megabytes) * 1e6;

const folder = await mkdtemp(join(tmpdir(), 'tinsmith-stream-'));
const file = join(folder, 'rows.jsonl.gz');
try {
  let writtenRows = 0;
  await pipeline(generateLines(), createGzip({ level: 1 }), createWriteStream(file));
  const limits = { maxRowBytes: 2 ** 20, maxMessageBytes: 2 ** 20 };
  const source = createRowSource({ hub: createHub({ offline: true }), ...limits });
  console.log(JSON.stringify(await measure(source, writtenRows)));
  await source.close();

  /** Conversations whose words differ, so that they compress about as well as text. */
  function* generateLines() {
    let state = 1;
    for (let bytes = 0; bytes < wantedBytes; writtenRows++) {
      const words = Array.from({ length: 120 }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state >>> 12).toString(36);
      });
      const messages = [
        { role: 'user', content: words.slice(0, 40).join(' ') },
        { role: 'assistant', content: words.slice(40).join(' ') },
      ];
      const line = `${JSON.stringify({ id: writtenRows, messages })}\n`;
      bytes += line.length;
      yield line;
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

async function measure(source, writtenRows) {
  const opened = await source.conversations({ source: file });
  const started = performance.now();
  const cpuStarted = process.cpuUsage();
  let rows = 0;
  let settled = 0;
  let peak = 0;
  for await (const conversation of values.shuffle ? opened.shuffle({ seed: 0 }) : opened) {
    if (conversation.messages.length !== 2) throw new Error('a row came back changed');
    if (++rows % 1000 !== 0) continue;
    const { rss } = process.memoryUsage();
    if (rows <= writtenRows / 10) settled = rss;
    peak = Math.max(peak, rss);
  }
  const seconds = (performance.now() - started) / 1000;
  if (rows !== writtenRows) throw new Error(`${rows} of ${writtenRows} rows came back`);
  const { user, system } = process.cpuUsage(cpuStarted);
  const cpuSeconds = (user + system) / 1e6;
  const megabytes = wantedBytes / 1e6;
  return {
    node: process.version,
    rows,
    megabytes,
    fileMb: Math.round((await stat(file)).size / 1e6),
    seconds: Number(seconds.toFixed(2)),
    cpuSeconds: Number(cpuSeconds.toFixed(2)),
    megabytesPerCpuSecond: Math.round(megabytes / cpuSeconds),
    peakMb: Math.round(peak / 1e6),
    growthMb: Math.round((peak - settled) / 1e6),
  };
}
