/**
 * One measure of our client against a stub server, in this process: the counterpart of tools/peers/python-sdk/bench.py, with the same
 * names, inputs and checks. Prints one line of JSON. Uses the built package.
 *
 *   node benchmarks/sdk/bench.mjs URL --one import|memory|fwdbwd|samples_512|samples_2000 [--calls 10]
 */
import { json } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { one: { type: 'string' }, calls: { type: 'string', default: '10' } },
});
const url = (positionals[0] ?? '').replace(/\/$/, '');
const calls = Number(values.calls);

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const rss = () => process.memoryUsage.rss() / 2 ** 20;
/** Not by fetch: Node loads it on first use, for 30 ms of CPU that would count as ours. */
async function stub() {
  const { request } = await import('node:http'); // not before: import and memory are measured against the bare runtime
  const { promise, resolve, reject } = Promise.withResolvers();
  const asked = request(`${url}/__stub/stats`, { method: 'POST', agent: false }, answer =>
    json(answer).then(resolve, reject),
  );
  asked.on('error', reject);
  asked.end('{}');
  return promise;
}

/** Wall and CPU of a piece of work, and the stub's own CPU meanwhile. */
async function clock(work) {
  const before = await stub();
  const [wall, used] = [performance.now(), cpu()];
  const result = await work();
  const measured = { wall: (performance.now() - wall) / 1000, cpu: cpu() - used };
  const after = await stub();
  return {
    ...measured,
    result,
    stub: after.cpu_seconds - before.cpu_seconds,
    requests: after.requests - before.requests,
  };
}

const load = () => import('@tinsmith/tinker');

async function connect() {
  const tinker = await load();
  const service = new tinker.ServiceClient({ baseUrl: url, apiKey: 'tml-bench', dialect: '0.38.0' });
  return { ...tinker, service };
}

const MODEL = 'stub/model';

const measures = {
  async import() {
    const before = rss();
    const [wall, used] = [performance.now(), cpu()];
    await load();
    return {
      wall_s: (performance.now() - wall) / 1000,
      cpu_s: cpu() - used,
      rss_before_mb: before,
      rss_mb: rss(),
    };
  },

  async memory() {
    const bare = rss();
    const { service, modelInput, int64, float32 } = await connect();
    const imported = rss();
    const training = await service.createLoraTrainingClient({ baseModel: MODEL, rank: 8 });
    const datum = {
      modelInput: modelInput([1, 2]),
      lossFnInputs: { target_tokens: int64([2, 3]), weights: float32([1, 1]) },
    };
    await training.forwardBackward([datum], 'cross_entropy').result();
    return { rss_before_mb: bare, after_import_mb: imported, one_client_mb: rss() };
  },

  async fwdbwd() {
    const { service, nextTokenDatum } = await connect();
    const raw = Array.from({ length: 128 }, (_, row) =>
      Array.from({ length: 513 }, (__, column) => (row * 7919 + column * 104_729) % 150_000),
    );
    const weights = Array.from({ length: 512 }, () => 1);
    const [wall, used] = [performance.now(), cpu()];
    const data = raw.map(tokens => nextTokenDatum(tokens, weights));
    const build = { build_wall_s: (performance.now() - wall) / 1000, build_cpu_s: cpu() - used };
    const training = await service.createLoraTrainingClient({ baseModel: MODEL, rank: 8 });
    const pass = async () => {
      const { lossFnOutputs } = await training.forwardBackward(data, 'cross_entropy').result();
      if (lossFnOutputs.length !== 128 || lossFnOutputs[5].logprobs.data.length !== 512)
        throw new Error('wrong');
    };
    await pass();
    const measured = await clock(async () => {
      for (let call = 0; call < calls; call++) await pass();
    });
    return {
      ...build,
      wall_s: measured.wall / calls,
      cpu_s: measured.cpu / calls,
      stub_cpu_s: measured.stub / calls,
      requests: measured.requests / calls,
      rss_mb: rss(),
    };
  },

  samples_512: () => samples(512),
  samples_2000: () => samples(2000),
};

async function samples(count) {
  const { service, modelInput } = await connect();
  const sampler = await service.createSamplingClient({ baseModel: MODEL });
  const prompt = modelInput(Array.from({ length: 16 }, (_, index) => index));
  const request = { prompt, numSamples: 1, samplingParams: { maxTokens: 8, seed: 1 } };
  await sampler.sample(request);
  const total = Math.max(count, 2000);
  let done = 0;
  const measured = await clock(async () => {
    for (; done < total; done += count) {
      const responses = await Promise.all(Array.from({ length: count }, () => sampler.sample(request)));
      if (responses.some(({ sequences }) => sequences[0].tokens.length !== 8)) throw new Error('wrong');
    }
  });
  return {
    samples_per_s: done / measured.wall,
    cpu_ms_per_sample: (1000 * measured.cpu) / done,
    wall_s: measured.wall,
    stub_cpu_ms_per_sample: (1000 * measured.stub) / done,
    http_requests_per_sample: measured.requests / done,
    rss_mb: rss(),
  };
}

const measure = measures[values.one];
if (!measure) throw new Error(`--one takes ${Object.keys(measures).join(', ')}`);
console.log(JSON.stringify(await measure()));
process.exit(0);
