#!/usr/bin/env node
// A small stub of a Tinker server for protocol tests and client benchmarks. No dependencies, Node 24.
//
//   node stub.mjs [--port 8900] [--delay MS] [--long-poll MS] [--config JSON] [--dynamic JSON] [--rules FILE.json] [--model NAME]
//
// It computes nothing: every number is a fixed function of its inputs and of the number of optimiser steps, so two runs of
// the same requests give the same answers. See README.md for the arithmetic, the fault rules and the control endpoints.
/* oxlint-disable no-shadow, no-unused-expressions, unicorn/consistent-function-scoping, unicorn/no-array-reverse, typescript/consistent-return --
   kept close to the program with which the recordings in fixtures/golden/protocol were made */
import http from 'node:http';
import zlib from 'node:zlib';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { engineBackend, tarOf } from './engine-backend.mjs';

class Bad extends Error {
  constructor(detail, status = 400) {
    super(detail);
    this.status = status;
  }
}
function fail(detail, status) {
  throw new Bad(detail, status);
}

// ---------------------------------------------------------------- protobuf, by hand
const VARINT = 0,
  I64 = 1,
  LEN = 2,
  I32 = 5;
function* fields(b) {
  let p = 0;
  const varint = () => {
    let v = 0n,
      s = 0n;
    for (;;) {
      if (p >= b.length) throw new Bad('truncated protobuf');
      const x = b[p++];
      v |= BigInt(x & 127) << s;
      if (x < 128) return v;
      s += 7n;
      if (s > 63n) throw new Bad('bad varint');
    }
  };
  const take = n => {
    if (p + n > b.length) throw new Bad('truncated protobuf');
    p += n;
    return b.subarray(p - n, p);
  };
  while (p < b.length) {
    const key = Number(varint()),
      no = key >>> 3,
      type = key & 7;
    if (type === VARINT) yield [no, varint()];
    else if (type === LEN) yield [no, take(Number(varint()))];
    else if (type === I64) yield [no, take(8)];
    else if (type === I32) yield [no, take(4)];
    else throw new Bad(`wire type ${type}`);
  }
}
const varintBytes = v => {
  v = BigInt(v);
  const out = [];
  do {
    let x = Number(v & 127n);
    v >>= 7n;
    if (v) x |= 128;
    out.push(x);
  } while (v);
  return Buffer.from(out);
};
const f = (no, value) => {
  if (typeof value === 'number' || typeof value === 'bigint')
    return Buffer.concat([varintBytes(no << 3), varintBytes(value)]);
  if (typeof value === 'string') value = Buffer.from(value);
  return Buffer.concat([varintBytes((no << 3) | 2), varintBytes(value.length), value]);
};
const f64 = (no, v) => {
  const b = Buffer.alloc(8);
  b.writeDoubleLE(v);
  return Buffer.concat([varintBytes((no << 3) | 1), b]);
};
const bytesOf = typed => Buffer.from(typed.buffer, typed.byteOffset, typed.byteLength);
const ints = b => new Int32Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.length));

// Tensor -> { n, values } (only what the stub needs: values of float32 and int64 tensors, dense)
function tensor(b) {
  let raw = Buffer.alloc(0),
    dtype = 1;
  const shape = [];
  let sparse = false;
  for (const [no, v] of fields(b)) {
    if (no === 1) raw = v;
    else if (no === 2) sparse = true;
    else if (no === 3) dtype = Number(v);
    else if (no === 4) {
      if (typeof v === 'bigint') shape.push(Number(v));
      else {
        let x = 0n,
          s = 0n;
        for (const y of v) {
          x |= BigInt(y & 127) << s;
          s += 7n;
          if (y < 128) {
            shape.push(Number(x));
            x = 0n;
            s = 0n;
          }
        }
      }
    }
  }
  if (sparse) return { n: shape.reduce((a, b) => a * b, 1), shape, values: null };
  const w = dtype === 2 ? 8 : 4,
    n = raw.length / w,
    words = new Int32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
  if (dtype !== 2) return { n, shape, values: new Float32Array(words.buffer) };
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = words[2 * i + 1] * 4294967296 + (words[2 * i] >>> 0);
  return { n, shape, values };
}
function parseForwardBackward(b) {
  const r = { model_id: '', seq_id: 0, loss_fn: '', forward_only: false, data: [] };
  for (const [no, v] of fields(b)) {
    if (no === 1) r.model_id = v.toString();
    else if (no === 2) r.seq_id = Number(v);
    else if (no === 4) r.loss_fn = v.toString();
    else if (no === 6) r.forward_only = v !== 0n;
    else if (no === 3) {
      const tokens = [],
        inputs = {};
      for (const [n2, v2] of fields(v)) {
        if (n2 === 1)
          for (const [n3, v3] of fields(v2))
            for (const [n4, v4] of fields(v3)) {
              if (n3 === 1 && n4 === 1) for (const t of ints(v4)) tokens.push(t);
              else if (n3 === 2 && n4 === 3) for (let i = 0; i < Number(v4); i++) tokens.push(0);
            }
        if (n2 === 2) {
          let key = '',
            t;
          for (const [n3, v3] of fields(v2)) n3 === 1 ? (key = v3.toString()) : (t = tensor(v3));
          inputs[key] = t;
        }
      }
      r.data.push({ tokens, inputs });
    }
  }
  return r;
}

// ---------------------------------------------------------------- the pretend model
// log p(token | previous token) after `step` optimiser steps
const lp = (prev, token, step) =>
  Math.fround(-(((((prev * 31 + token * 17) % 97) + 97) % 97) + 1) / 32 / (1 + step));
const flat = chunks => {
  const out = [];
  for (const c of chunks)
    if (c.tokens) for (const t of c.tokens) out.push(t);
    else for (let i = 0; i < (c.expected_tokens ?? 0); i++) out.push(0);
  return out;
};

function fwdbwd(model, data) {
  const rows = [];
  let loss = 0;
  data.forEach(d => {
    const target = d.inputs.target_tokens,
      w = d.inputs.weights?.values ?? d.inputs.advantages?.values;
    const n = target.n,
      out = new Float32Array(n);
    for (let k = 0; k < n; k++) {
      out[k] = lp(d.tokens[k] ?? 0, target.values ? target.values[k] : 0, model.step);
      loss -= out[k] * (w ? (w[k] ?? 1) : 1);
    }
    rows.push(out);
  });
  return passResult(rows, loss);
}
// rows: the logprobs of each datum
function passResult(rows, loss) {
  const blocks = [],
    offsets = new BigInt64Array(rows.length + 1);
  let at = 0n;
  rows.forEach((row, i) => {
    blocks.push(bytesOf(row));
    at += BigInt(row.byteLength);
    offsets[i + 1] = at;
  });
  const field = Buffer.concat([f(1, Buffer.concat(blocks)), f(2, bytesOf(offsets)), f(3, 1)]);
  const record = Buffer.concat([f(2, Buffer.concat([f(1, 'logprobs'), f(2, field)])), f(3, rows.length)]);
  const proto = Buffer.concat([
    f(1, 'ArrayRecord'),
    f(2, record),
    f(3, Buffer.concat([f(1, 'loss:sum'), f64(2, loss)])),
  ]);
  return {
    proto,
    json: () => ({
      loss_fn_output_type: 'ArrayRecord',
      loss_fn_outputs: rows.map(r => ({ logprobs: { data: [...r], dtype: 'float32', shape: [r.length] } })),
      metrics: { 'loss:sum': loss },
    }),
  };
}
function sample(b, step) {
  const prompt = flat(b.prompt.chunks),
    p = b.sampling_params ?? {},
    n = p.max_tokens ?? 16,
    count = b.num_samples ?? 1;
  const stops = new Set((Array.isArray(p.stop) ? p.stop : []).filter(x => typeof x === 'number'));
  const json = { sequences: [], type: 'sample' },
    parts = [];
  for (let s = 0; s < count; s++) {
    let prev = prompt.at(-1) ?? 0,
      stop = 'length';
    const tokens = [],
      lps = [];
    for (let k = 0; k < n; k++) {
      const t = (prev * 7 + k * 13 + (Number(BigInt(p.seed ?? 0) % 1009n) + s) * 29 + 5) % 251;
      tokens.push(t);
      lps.push(lp(prev, t, step));
      prev = t;
      if (stops.has(t)) {
        stop = 'stop';
        break;
      }
    }
    const topk = b.topk_sample_logprobs
      ? topkOf(
          tokens.map((t, k) => [[t, lps[k]]]),
          b.topk_sample_logprobs,
        )
      : null;
    parts.push(
      f(
        1,
        Buffer.concat([
          f(1, stop === 'stop' ? 0 : 1),
          f(2, bytesOf(Int32Array.from(tokens))),
          f(3, bytesOf(Float32Array.from(lps))),
          ...(topk ? [f(4, topk)] : []),
        ]),
      ),
    );
    json.sequences.push({ stop_reason: stop, tokens, logprobs: lps });
  }
  if (b.prompt_logprobs || b.topk_prompt_logprobs) {
    const first = b.prompt_logprobs_last_n ? prompt.length - b.prompt_logprobs_last_n : 1;
    const v = prompt.map((t, i) => (i < Math.max(1, first) ? NaN : lp(prompt[i - 1], t, step)));
    parts.push(f(2, bytesOf(Float32Array.from(v))));
    json.prompt_logprobs = v.map(x => (Number.isNaN(x) ? null : x));
    if (b.topk_prompt_logprobs) {
      const rows = prompt.map((t, i) => (i === 0 ? null : [[t, v[i]]]));
      parts.push(f(3, topkOf(rows, b.topk_prompt_logprobs)));
      json.topk_prompt_logprobs = rows;
    }
  }
  if (b.target_prompt_logprobs) {
    const t = b.target_prompt_logprobs,
      k = t.shape[1],
      sparse = t.sparse_col_indices;
    const rowOf = sparse ? t.sparse_crow_indices : null;
    const out = t.data.map((id, i) => {
      const row = sparse ? rowOf.findIndex(c => c > i) - 1 : Math.floor(i / k);
      return id < 0 ? 0 : lp(prompt[row], id, step);
    });
    const enc = sparse
      ? f(
          2,
          Buffer.concat([
            f(1, bytesOf(Float32Array.from(out))),
            f(2, bytesOf(BigInt64Array.from(rowOf.map(BigInt)))),
            f(3, bytesOf(BigInt64Array.from(sparse.map(BigInt)))),
          ]),
        )
      : f(1, bytesOf(Float32Array.from(out)));
    parts.push(f(5, Buffer.concat([enc, f(3, 1), f(4, Buffer.concat(t.shape.map(varintBytes)))])));
  }
  if (b.prompt_alt_tokens_k) {
    const k = b.prompt_alt_tokens_k,
      n1 = prompt.length - 1,
      ids = [],
      l = [];
    for (let i = 0; i < n1; i++)
      for (let j = 0; j < k; j++) {
        const t = (prompt[i] + 1 + j) % 251;
        ids.push(t);
        l.push(lp(prompt[i], t, step));
      }
    const shape = f(4, Buffer.concat([varintBytes(n1), varintBytes(k)]));
    parts.push(
      f(
        6,
        Buffer.concat([
          f(1, Buffer.concat([f(1, bytesOf(Int32Array.from(ids))), f(3, 3), shape])),
          f(2, Buffer.concat([f(1, bytesOf(Float32Array.from(l))), f(3, 1), shape])),
        ]),
      ),
    );
  }
  return { proto: Buffer.concat(parts), json: () => json };
}
function topkOf(rows, k) {
  const ids = new Int32Array(rows.length * k),
    l = new Float32Array(rows.length * k).fill(-99999);
  rows.forEach((r, i) =>
    r?.slice(0, k).forEach(([t, v], j) => {
      ids[i * k + j] = t;
      l[i * k + j] = v;
    }),
  );
  return Buffer.concat([f(1, bytesOf(ids)), f(2, bytesOf(l)), f(3, k), f(4, rows.length)]);
}

// ---------------------------------------------------------------- a server
/** Starts a stub in this process, on loopback. See stub.d.mts for the options. */
export async function startStub({
  port = 0,
  delay = 0,
  longPoll = 30000,
  model: MODEL = 'stub/model',
  config = {},
  dynamic = { refresh_interval_sec: 300 },
  rules = [],
  chooseFault,
  engine,
} = {}) {
  const real = engine && engineBackend(engine); // instead of the arithmetic above
  const opt = { delay, longPoll, config: { use_pyqwest_transport: false, ...config }, dynamic, rules };

  // ---------------------------------------------------------------- state
  const S = {
    n: 0,
    sessions: new Map(),
    models: new Map(),
    samplers: new Map(),
    futures: new Map(),
    checkpoints: new Map(),
    keys: new Map(),
    idem: new Map(),
    losses: 0,
    handed: [],
  };
  /** Training requests in the order in which they ran. */
  const ledger = [];
  const stats = { requests: 0, by: {}, futures: 0, polls: 0, bytes_in: 0 };
  const now = () => '2026-01-01T00:00:00Z';

  // natural idempotency: the same key gives the same answer, whatever else the body says
  const once = (key, make) => {
    if (key && S.keys.has(key)) return S.keys.get(key);
    const v = make();
    if (key) S.keys.set(key, v);
    return v;
  };
  const key = (...parts) => (parts.every(p => p !== undefined && p !== null) ? parts.join('|') : null);
  const sessionOf = id => S.sessions.get(id) ?? fail(`unknown session ${id}`, 404);
  const modelOf = id => S.models.get(id) ?? fail(`unknown model ${id}`, 404);

  function future(kind, extra = {}) {
    const id = String(++S.n),
      fu = { id, kind, done: false, waiters: new Set(), polls: 0, ...extra };
    S.futures.set(id, fu);
    stats.futures++;
    return fu;
  }
  function finish(fu, result) {
    // result: { proto, json() } | { json() } | { failed: {error, category} }
    const done = () => {
      fu.done = true;
      fu.result = result;
      for (const w of fu.waiters) w();
      fu.waiters.clear();
      const q = fu.session && S.samplers.get(fu.session);
      q?.events?.push(fu);
      q?.wake?.();
    };
    opt.delay > 0 ? setTimeout(done, opt.delay) : done();
  }
  const failure = e => ({
    failed: { error: e.message, category: e instanceof Bad || real ? 'user' : 'server' },
  });
  // what `run` gives may be a promise
  function finishWith(fu, run) {
    try {
      const result = run();
      if (result instanceof Promise)
        result.then(
          value => finish(fu, value),
          e => finish(fu, failure(e)),
        );
      else finish(fu, result);
    } catch (e) {
      finish(fu, failure(e));
    }
  }
  // training requests run in the order of their numbers, whatever order they arrive in
  function enqueue(model, kind, seq, run) {
    const fu = future(kind);
    const go = () => {
      ledger.push({ model: model.id, seq, kind });
      finishWith(fu, run);
    };
    if (!seq) {
      go();
      return fu;
    }
    runFrom(model, seq, go);
    return fu;
  }
  // a number whose submission was refused is used up, or the model's later requests would wait for it for ever
  const runFrom = (model, seq, go) => {
    model.queue.set(seq, go);
    while (model.queue.has(model.next)) {
      const g = model.queue.get(model.next);
      model.queue.delete(model.next++);
      g();
    }
  };
  const skip = (model, seq) => runFrom(model, seq, () => {});
  function newModel(session, seqId, base, lora, from, optimizer) {
    const id = `${session}:train:${seqId}`;
    const m = {
      id,
      session,
      base,
      rank: lora?.rank ?? 32,
      lora,
      step: from?.step ?? 0,
      next: 1,
      queue: new Map(),
      metadata: null,
      optimizer: { type: 'adamw' },
    };
    if (real) {
      m.real = from ? real.load(from.real, optimizer) : real.create(m);
      m.real.catch(() => {}); // told to whoever uses the model
    }
    S.models.set(id, m);
    S.sessions.get(session)?.models.push(id);
    return m;
  }
  function newSampler(session, seq, base, path, step, client) {
    const id = `${session}:sample:${seq}`;
    client?.catch(() => {}); // told to whoever samples
    S.samplers.set(id, { id, base, path, step, events: [], clones: 0, real: client });
    S.sessions.get(session)?.samplers.push(id);
    return id;
  }
  function saveCheckpoint(model, kind, name, body) {
    const path = `tinker://${model.id}/${kind}/${name}`;
    if (S.checkpoints.has(path) && !body.overwrite && kind === 'weights')
      throw new Bad(`checkpoint ${name} exists`);
    S.checkpoints.set(path, {
      run: model.id,
      id: `${kind}/${name}`,
      kind,
      path,
      step: model.step,
      base: model.base,
      rank: model.rank,
      lora: model.lora,
      public: false,
      metadata: body.user_metadata ?? null,
      real: real?.save(model.real, kind, `${kind}-${name}-${S.checkpoints.size}`),
      expires: body.ttl_seconds ? new Date(Date.parse(now()) + body.ttl_seconds * 1000).toISOString() : null,
    });
    return path;
  }
  const onceSaved = (path, result) => S.checkpoints.get(path).real?.then(() => result) ?? result;
  const TYPE = { weights: 'training', sampler_weights: 'sampler', external_weights: 'external' };
  const ckptOut = c => ({
    checkpoint_id: c.id,
    checkpoint_type: TYPE[c.kind],
    time: now(),
    tinker_path: c.path,
    size_bytes: 1000,
    public: c.public,
    expires_at: c.expires,
    ...(c.metadata ? { user_metadata: c.metadata } : {}),
  });
  const runOut = m => ({
    training_run_id: m.id,
    base_model: m.base,
    model_owner: 'stub',
    is_lora: true,
    corrupted: false,
    lora_rank: m.rank,
    last_request_time: now(),
    last_checkpoint: null,
    last_sampler_checkpoint: null,
    user_metadata: m.metadata,
  });
  const ckptAt = path => S.checkpoints.get(path) ?? fail(`unknown checkpoint ${path}`, 404);
  const LOSSES = new Set([
    'cross_entropy',
    'importance_sampling',
    'ppo',
    'cispo',
    'dro',
    'gspo',
    'stable_reinforce',
    'custom',
  ]);

  function checkData(r) {
    if (!LOSSES.has(r.loss_fn)) fail(`unknown loss function ${r.loss_fn}`, 400);
    if (!r.data.length) fail('no data', 400);
    r.data.forEach((d, i) => {
      for (const [k, t] of Object.entries(d.inputs))
        if (t.shape.length < 2 && t.n !== d.tokens.length)
          fail(`datum ${i}: ${k} has ${t.n} entries, the input has ${d.tokens.length}`, 400);
      if (!d.inputs.target_tokens) fail(`datum ${i}: target_tokens missing`, 400);
    });
  }
  const jsonData = input => ({
    loss_fn: input.loss_fn,
    data: input.data.map(d => ({
      tokens: flat(d.model_input.chunks),
      inputs: Object.fromEntries(
        Object.entries(d.loss_fn_inputs).map(([k, t]) => [
          k,
          { n: t.data.length, shape: t.shape ?? [t.data.length], values: t.data },
        ]),
      ),
    })),
  });

  // ---------------------------------------------------------------- endpoints
  const post = {
    'client/config': () => opt.config,
    'client/dynamic_config': () => opt.dynamic ?? fail('Not Found', 404),
    'auth/token': () => {
      const e = o => Buffer.from(JSON.stringify(o)).toString('base64url');
      const t = Math.floor(Date.now() / 1000);
      return {
        jwt: `${e({ alg: 'none' })}.${e({ iss: 'passport-stub', sub: 'urn:stub:user', org_id: 'stub', email: 'user@example.com', iat: t, exp: t + 3600 })}.sig`,
      };
    },
    create_session: (b, rq) =>
      once(`idem|${rq.headers['x-idempotency-key']}`, () => {
        const id = `session-${++S.n}`;
        S.sessions.set(id, {
          id,
          models: [],
          samplers: [],
          metadata: b.user_metadata ?? null,
          name: b.display_name ?? null,
        });
        return {
          type: 'create_session',
          session_id: id,
          info_message: null,
          warning_message: null,
          error_message: null,
        };
      }),
    session_heartbeat: b => {
      sessionOf(b.session_id);
      return { type: 'session_heartbeat' };
    },
    create_model: b =>
      once(key('model', b.session_id, b.model_seq_id), () => {
        sessionOf(b.session_id);
        if (b.base_model !== MODEL) fail(`unknown base model ${b.base_model}`, 400);
        const m = newModel(b.session_id, b.model_seq_id, b.base_model, b.lora_config);
        m.metadata = b.user_metadata ?? null;
        m.optimizer = b.optimizer_config ?? m.optimizer;
        const fu = future('create_model');
        finish(fu, { json: () => ({ type: 'create_model', model_id: m.id }) });
        return { request_id: fu.id, model_id: m.id };
      }),
    unload_model: b => {
      modelOf(b.model_id);
      const fu = future('unload_model');
      finish(fu, { json: () => ({ type: 'unload_model', model_id: b.model_id }) });
      return { request_id: fu.id };
    },
    get_info: b => {
      const m = modelOf(b.model_id);
      return {
        type: 'get_info',
        model_id: m.id,
        model_data: { arch: 'stub', model_name: m.base, tokenizer_id: m.base },
        is_lora: true,
        lora_rank: m.rank,
        model_name: m.base,
        optimizer_config: m.optimizer,
      };
    },
    forward_backward: (b, rq) => {
      const r = rq.proto
        ? parseForwardBackward(rq.raw)
        : {
            ...jsonData(b.forward_backward_input),
            model_id: b.model_id,
            seq_id: b.seq_id,
            forward_only: false,
          };
      return train(r, r.forward_only ? 'forward' : 'forward_backward');
    },
    forward: b => train({ ...jsonData(b.forward_input), model_id: b.model_id, seq_id: b.seq_id }, 'forward'),
    optim_step: b =>
      ordered(b, 'optim_step', m => {
        const step = ++m.step; // the result of this step, however late it is fetched
        if (real)
          return real.step(m.real, b.adam_params).then(metrics => ({
            json: () => ({ type: 'optim_step', metrics }),
          }));
        return {
          json: () => ({
            type: 'optim_step',
            metrics: {
              grad_norm: 1 / step,
              learning_rate: (b.adam_params ?? b.optimizer_params)?.learning_rate ?? 0,
            },
          }),
        };
      }),
    save_weights: b =>
      ordered(b, 'save_weights', m => {
        const path = saveCheckpoint(m, 'weights', b.path ?? `auto-${m.step}`, b);
        return onceSaved(path, { json: () => ({ type: 'save_weights', path }) });
      }),
    save_weights_external: b =>
      ordered(b, 'save_weights_external', m => {
        const path = saveCheckpoint(m, 'external_weights', b.path, b);
        return { json: () => ({ type: 'save_weights_external', path, size_bytes: 1000 }) };
      }),
    save_weights_for_sampler: b =>
      ordered(b, 'save_weights_for_sampler', m => {
        if (b.path) {
          const path = saveCheckpoint(m, 'sampler_weights', b.path, b);
          return onceSaved(path, {
            json: () => ({ type: 'save_weights_for_sampler', path, sampling_session_id: null }),
          });
        }
        const id = newSampler(
          m.session,
          b.sampling_session_seq_id,
          m.base,
          null,
          m.step,
          real?.snapshot(m.real),
        );
        return { json: () => ({ type: 'save_weights_for_sampler', path: null, sampling_session_id: id }) };
      }),
    load_weights: b => {
      const c = () => {
        if (!/^tinker:\/\/[^/]+\/weights\/[^/]+$/.test(b.path))
          fail(`not a training checkpoint: ${b.path}`, 400);
        return ckptAt(b.path);
      };
      if (b.model_id)
        return ordered(b, 'load_weights', m => {
          if (b.seq_id > 1) fail(`LoadWeights is not permitted with seq_id ${b.seq_id}`);
          m.step = c().step;
          if (real) m.real = real.load(c().real, b.optimizer);
          return { json: () => ({ type: 'load_weights', path: b.path, model_id: m.id }) };
        });
      return once(key('model', b.session_id, b.model_seq_id), () => {
        sessionOf(b.session_id);
        const k = c(),
          m = newModel(
            b.session_id,
            b.model_seq_id,
            b.base_model ?? k.base,
            k.lora ?? { rank: k.rank },
            k,
            b.optimizer,
          );
        const fu = future('load_weights');
        finish(fu, { json: () => ({ type: 'load_weights', path: b.path, model_id: m.id }) });
        return { request_id: fu.id, model_id: m.id };
      });
    },
    create_sampling_session: b =>
      once(key('sampler', b.session_id, b.sampling_session_seq_id), () => {
        sessionOf(b.session_id);
        const c = b.model_path ? ckptAt(b.model_path) : null;
        if (!c && b.base_model !== MODEL) fail(`unknown base model ${b.base_model}`, 400);
        return {
          type: 'create_sampling_session',
          sampling_session_id: newSampler(
            b.session_id,
            b.sampling_session_seq_id,
            c?.base ?? b.base_model,
            b.model_path ?? null,
            c?.step ?? 0,
            real?.sampler({ base: b.base_model, path: c?.real }),
          ),
        };
      }),
    join_sampling_session: b => {
      const s = S.samplers.get(b.sampling_session_id) ?? fail('unknown sampling session', 404);
      return { type: 'join_sampling_session', client_counter: ++s.clones };
    },
    asample: b =>
      once(key('sample', b.sampling_session_id, b.seq_id), () => {
        const s = b.sampling_session_id
          ? (S.samplers.get(b.sampling_session_id) ?? fail('unknown sampling session', 404))
          : { step: b.model_path ? ckptAt(b.model_path).step : 0 };
        const fu = future('sample', {
            session: b.sampling_session_id,
            clone: Math.floor((b.seq_id ?? 0) / 1e9),
          }),
          ids = Array.from({ length: b.num_samples ?? 1 }, (_, i) => `${fu.id}-${i}`);
        if (real) finishWith(fu, () => real.sample(s.real, b).then(result => ({ json: () => result })));
        else finish(fu, sample(b, s.step));
        return { request_id: fu.id, sample_sequence_ids: ids };
      }),
    cancel_future: b => {
      const fu = S.futures.get(b.request_id) ?? fail('unknown future', 404);
      if (!fu.done) finish(fu, { failed: { error: 'cancelled', category: 'user' } });
      return {};
    },
    weights_info: b => {
      const c = ckptAt(b.tinker_path);
      return {
        base_model: c.base,
        is_lora: true,
        lora_rank: c.rank,
        train_unembed: c.lora?.train_unembed ?? true,
        train_mlp: c.lora?.train_mlp ?? true,
        train_attn: c.lora?.train_attn ?? true,
        optimizer_config: { type: 'adamw' },
      };
    },
    copy_weights: (b, rq) =>
      once(`idem|${rq.headers['x-idempotency-key']}`, () => {
        const c = ckptAt(b.source_path),
          m = newModel(`copy-${++S.n}`, 0, c.base, c.lora, c);
        return { tinker_path: saveCheckpoint(m, c.kind, 'copy', b) };
      }),
    create_custom_loss: b =>
      once(key('loss', b.session_id, b.custom_loss_seq_id), () => {
        sessionOf(b.session_id);
        const fu = future('create_custom_loss'),
          id = `loss-${++S.losses}`;
        finish(fu, { json: () => ({ type: 'create_custom_loss', loss_id: id }) });
        return { request_id: fu.id };
      }),
    'sessions/search': b => ({
      sessions: [...S.sessions.values()]
        .filter(s => !b.display_name || s.name?.includes(b.display_name))
        .slice(0, b.limit ?? 50)
        .map(s => ({
          session_id: s.id,
          created_at: now(),
          owner: 'stub',
          project_id: 'p',
          status: { type: 'active' },
          checkpoints_count: 0,
          display_name: s.name,
          user_metadata: s.metadata,
        })),
      next_cursor: null,
    }),
    telemetry: () => ({ status: 'accepted' }),
  };
  function ordered(b, kind, run) {
    const m = modelOf(b.model_id);
    return once(key('train', b.model_id, b.seq_id), () => ({
      request_id: enqueue(m, kind, b.seq_id, () => run(m)).id,
    }));
  }
  function train(r, kind) {
    const m = modelOf(r.model_id);
    try {
      checkData(r);
    } catch (e) {
      if (r.seq_id) skip(m, r.seq_id);
      throw e;
    }
    return once(r.seq_id ? key('train', r.model_id, r.seq_id) : null, () => ({
      request_id: enqueue(m, kind, r.seq_id, () =>
        real
          ? real.pass(m.real, r, kind === 'forward').then(({ rows, loss }) => passResult(rows, loss))
          : fwdbwd(m, r.data),
      ).id,
      model_id: m.id,
    }));
  }

  function answerFuture(rq, rs, b) {
    stats.polls++;
    const fu = S.futures.get(b.request_id);
    if (!fu) return send(rs, 404, { detail: 'Future not found' });
    const out = () => {
      const r = fu.result;
      if (r.failed) return send(rs, 200, r.failed);
      if (r.proto && (rq.headers.accept ?? '').includes('application/x-protobuf'))
        return sendRaw(rs, 200, r.proto, 'application/x-protobuf');
      send(rs, 200, r.json());
    };
    if (fu.done) return out();
    const timer = setTimeout(() => {
      fu.waiters.delete(ready);
      send(rs, 408, {
        type: 'try_again',
        request_id: fu.id,
        queue_state: 'active',
        queue_state_reason: null,
      });
    }, opt.longPoll);
    const ready = () => {
      clearTimeout(timer);
      out();
    };
    fu.waiters.add(ready);
    rs.on('close', () => {
      clearTimeout(timer);
      fu.waiters.delete(ready);
    });
  }
  function answerSession(rs, b) {
    const s = S.samplers.get(b.target.sampling_session_id);
    if (!s) return send(rs, 404, { detail: 'unknown sampling session' });
    const mine = () =>
      s.events
        .map((fu, i) => [i + 1, fu])
        .filter(([i, fu]) => i > b.prev_cursor && fu.clone === b.target.cloned_sampler_id);
    const out = () => {
      const ev = mine();
      send(rs, 200, {
        completions: ev.map(([, fu]) =>
          fu.result.failed
            ? { state: 'failed', request_id: fu.id }
            : {
                state: 'finished',
                request_id: fu.id,
                response_payload_uncompressed_size: fu.result.proto.length,
              },
        ),
        cursor: ev.length ? ev.at(-1)[0] : b.prev_cursor,
      });
    };
    if (mine().length || b.timeout === 0) return out();
    const timer = setTimeout(() => {
      s.wake = null;
      out();
    }, opt.longPoll);
    s.wake = () => {
      if (mine().length) {
        clearTimeout(timer);
        s.wake = null;
        out();
      }
    };
    rs.on('close', () => clearTimeout(timer));
  }

  // signed addresses: whoever has one may fetch
  const hand = c => S.handed.push(c) - 1;
  function fetchFile(rs, index, name) {
    const c = S.handed[Number(index)];
    const all = c ? real.files(c.real) : Promise.reject(new Error('Not Found'));
    all.then(
      files =>
        sendRaw(rs, 200, name === 'archive.tar' ? tarOf(files) : files[name], 'application/octet-stream'),
      e => send(rs, 404, { detail: e.message }),
    );
  }

  function rest(method, path, query, b, rs) {
    let m;
    if (method === 'GET') {
      if (path === 'healthz') return { status: 'ok' };
      if (path === 'get_server_capabilities')
        return {
          supported_models: [
            { model_name: MODEL, max_context_length: 32768, trainable: true, sampleable: true },
          ],
        };
      if ((m = path.match(/^samplers\/(.+)$/))) {
        const s = S.samplers.get(m[1]) ?? fail('unknown sampler', 404);
        return { sampler_id: s.id, base_model: s.base, model_path: s.path };
      }
      const page = (list, dl) => {
        const offset = Number(query.get('offset') ?? 0),
          limit = Number(query.get('limit') ?? dl);
        return [list.slice(offset, offset + limit), { offset, limit, total_count: list.length }];
      };
      if (path === 'training_runs') {
        const [rows, cursor] = page([...S.models.values()].map(runOut), 20);
        return { training_runs: rows, cursor };
      }
      if (path === 'checkpoints') {
        const [rows, cursor] = page([...S.checkpoints.values()].reverse().map(ckptOut), 100);
        return { checkpoints: rows, cursor };
      }
      if ((m = path.match(/^training_runs\/([^/]+)\/checkpoints$/))) {
        modelOf(m[1]);
        return {
          checkpoints: [...S.checkpoints.values()].filter(c => c.run === m[1]).map(ckptOut),
          cursor: null,
        };
      }
      if ((m = path.match(/^training_runs\/([^/]+)\/checkpoints\/([^/]+\/[^/]+)\/archive$/))) {
        const c = ckptAt(`tinker://${m[1]}/${m[2]}`);
        const name = real ? `files/${hand(c)}/archive.tar` : 'archive.tar';
        rs.setHeader('Location', `http://127.0.0.1:${port}/${name}`);
        rs.setHeader('Expires', 'Fri, 01 Jan 2027 00:00:00 GMT');
        send(rs, 302, {});
        return;
      }
      if ((m = path.match(/^training_runs\/([^/]+)\/checkpoints\/([^/]+\/[^/]+)\/external_weights_urls$/))) {
        const c = ckptAt(`tinker://${m[1]}/${m[2]}`);
        if (real) {
          const at = `http://127.0.0.1:${port}/files/${hand(c)}`;
          real.files(c.real).then(
            files =>
              send(rs, 200, {
                urls: Object.fromEntries(Object.keys(files).map(name => [name, `${at}/${name}`])),
                expires: '2027-01-01T00:00:00Z',
              }),
            e => send(rs, 500, { detail: e.message }),
          );
          return undefined;
        }
        return {
          urls: { 'adapter_config.json': `http://127.0.0.1:${port}/files/adapter_config.json` },
          expires: '2027-01-01T00:00:00Z',
        };
      }
      if ((m = path.match(/^training_runs\/([^/]+)$/))) return runOut(modelOf(m[1]));
      if (path === 'sessions') {
        const [rows] = page([...S.sessions.keys()], 20);
        return { sessions: rows };
      }
      if ((m = path.match(/^sessions\/([^/]+)$/))) {
        const s = sessionOf(m[1]);
        return {
          training_run_ids: s.models,
          sampler_ids: s.samplers,
          user_metadata: s.metadata,
          display_name: s.name,
        };
      }
      if (path === 'audit') return { entries: [] };
      if (path === 'billing/usage/events') return { data: [], sessions: {} };
      if (path === 'billing/usage/checkpoints/current')
        return { effective_rate_usd_per_gigabyte_month: null, data: [] };
    } else if ((m = path.match(/^training_runs\/([^/]+)\/checkpoints\/([^/]+\/[^/]+?)(\/publish|\/ttl)?$/))) {
      const p = `tinker://${m[1]}/${m[2]}`,
        c = ckptAt(p);
      if (!m[3] && method === 'DELETE') {
        S.checkpoints.delete(p);
        return null;
      }
      if (m[3] === '/publish') {
        const want = method === 'POST';
        if (c.public === want) fail(`already ${want ? '' : 'not '}public`, 409);
        c.public = want;
        return null;
      }
      if (m[3] === '/ttl' && method === 'PUT') {
        if (b.ttl_seconds !== null && b.ttl_seconds <= 0) fail('ttl_seconds must be positive', 400);
        c.expires = b.ttl_seconds ? new Date(Date.parse(now()) + b.ttl_seconds * 1000).toISOString() : null;
        return null;
      }
    } else if ((m = path.match(/^sessions\/([^/]+)\/(project|finish)$/))) {
      const s = sessionOf(m[1]);
      if (m[2] === 'finish') s.finished = b.reason;
      return null;
    }
    throw new Bad('Not Found', 404);
  }

  // ---------------------------------------------------------------- HTTP
  function sendRaw(rs, status, body, type) {
    if (rs.writableEnded || rs.destroyed) return;
    if (rs.truncated && type.includes('protobuf')) body = body.subarray(0, body.length - 3);
    rs.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length });
    rs.end(body);
  }
  function send(rs, status, value) {
    if (value === null) {
      rs.writeHead(204);
      rs.end();
      return;
    }
    sendRaw(rs, status, Buffer.from(JSON.stringify(value)), 'application/json');
  }

  // Fault rules, first match wins: {path: regex, method?, skip?, times?, body?: substring, status?, headers?, respond?, delay?, drop?: 'before'|'after', duplicate?, truncate?, chunked?, raw?, type?}
  function fault(rq, rs, path, text, serve) {
    const chosen = chooseFault?.(rq.method, path, text);
    for (const r of chosen ? [{ path: '', ...chosen }, ...opt.rules] : opt.rules) {
      if (
        !new RegExp(r.path).test(path) ||
        (r.method && r.method !== rq.method) ||
        (r.body && !text().includes(r.body))
      )
        continue;
      if (r.skip > 0) {
        r.skip--;
        continue;
      }
      if (r.times !== undefined) {
        if (r.times <= 0) continue;
        r.times--;
      }
      const act = () => {
        if (r.drop === 'before') return rq.socket.destroy();
        if (r.drop === 'after') {
          const fake = Object.assign(new http.ServerResponse(rq), { end() {}, write() {} });
          serve(fake);
          return rq.socket.destroy();
        }
        if (r.duplicate) serve(Object.assign(new http.ServerResponse(rq), { end() {}, write() {} }));
        if (r.truncate) rs.truncated = true;
        if (r.status === undefined) return serve(rs);
        for (const [k, v] of Object.entries(r.headers ?? {})) rs.setHeader(k, v);
        const body = Buffer.from(
          r.raw ??
            (r.respond === undefined ? JSON.stringify({ detail: 'injected' }) : JSON.stringify(r.respond)),
        );
        if (r.chunked) {
          rs.writeHead(r.status, { 'Content-Type': r.type ?? 'application/json' });
          rs.write(body);
          return rs.end();
        }
        sendRaw(rs, r.status, body, r.type ?? 'application/json');
      };
      r.delay ? setTimeout(act, r.delay) : act();
      return true;
    }
    return false;
  }

  function serve(rq, rs, path, query, raw) {
    try {
      const type = rq.headers['content-type'] ?? '';
      if (rq.headers['content-encoding'] === 'zstd')
        raw = zlib.zstdDecompressSync ? zlib.zstdDecompressSync(raw) : fail('this Node has no zstd', 415);
      rq.proto = type.includes('application/x-protobuf');
      rq.raw = raw;
      const body = raw.length && !rq.proto ? JSON.parse(raw.toString()) : null;
      if (rq.method === 'POST' && path === 'retrieve_future') return answerFuture(rq, rs, body);
      if (rq.method === 'POST' && path === 'retrieve_futures') return answerSession(rs, body);
      const handler = rq.method === 'POST' && post[path];
      const value = handler ? handler(body, rq) : rest(rq.method, path, query, body, rs);
      if (!rs.writableEnded && value !== undefined) send(rs, 200, value);
    } catch (e) {
      if (!rs.headersSent)
        send(rs, e instanceof Bad ? e.status : e instanceof SyntaxError ? 422 : 500, { detail: e.message });
    }
  }
  function control(rq, rs, path, raw) {
    const b = raw.length ? JSON.parse(raw.toString()) : {};
    if (path === 'reset') {
      for (const m of Object.values(S)) m instanceof Map && m.clear();
      S.n = 0;
      S.losses = 0;
      opt.rules = [];
      ledger.length = 0;
      Object.assign(stats, { requests: 0, by: {}, futures: 0, polls: 0, bytes_in: 0 });
    } else if (path === 'set')
      Object.assign(opt, b, b.config ? { config: { ...opt.config, ...b.config } } : {});
    else if (path !== 'stats') return send(rs, 404, { detail: 'unknown control' });
    const cpu = process.cpuUsage();
    send(rs, 200, {
      ...stats,
      cpu_seconds: (cpu.user + cpu.system) / 1e6,
      rss_mb: process.memoryUsage().rss / 2 ** 20,
    });
  }
  const server = http.createServer({ keepAliveTimeout: 120000 }, (rq, rs) => {
    const parts = [];
    rq.on('data', c => parts.push(c))
      .on('end', () => {
        const raw = parts.length === 1 ? parts[0] : Buffer.concat(parts),
          q = rq.url.indexOf('?');
        const full = q < 0 ? rq.url : rq.url.slice(0, q),
          query = new URLSearchParams(q < 0 ? '' : rq.url.slice(q + 1));
        if (full.startsWith('/__stub/')) return control(rq, rs, full.slice(8), raw);
        const file = real && full.match(/^\/files\/(\d+)\/([^/]+)$/);
        if (file) return fetchFile(rs, file[1], file[2]);
        if (!full.startsWith('/api/v1/'))
          return full === '/archive.tar'
            ? sendRaw(rs, 200, Buffer.alloc(1024), 'application/x-tar')
            : send(rs, 404, { detail: 'Not Found' });
        const path = full.slice(8);
        stats.requests++;
        stats.bytes_in += raw.length;
        stats.by[path] = (stats.by[path] ?? 0) + 1;
        const go = to => serve(rq, to, path, query, raw);
        if ((!opt.rules.length && !chooseFault) || !fault(rq, rs, path, () => raw.toString('latin1'), go))
          go(rs);
      })
      .on('error', () => {});
  });

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', 4096, resolve);
  });
  port = server.address().port;
  return {
    url: `http://127.0.0.1:${port}`,
    ledger,
    stats,
    options: opt,
    close: () =>
      new Promise(resolve => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

if (import.meta.main) {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: {
      port: text,
      delay: text,
      'long-poll': text,
      model: text,
      config: text,
      dynamic: text,
      rules: text,
    },
  });
  const number = (name, or) => (values[name] === undefined ? or : Number(values[name]));
  const stub = await startStub({
    port: number('port', 8900),
    delay: number('delay', 0),
    longPoll: number('long-poll', 30000),
    ...(values.model && { model: values.model }),
    ...(values.config && { config: JSON.parse(values.config) }),
    ...(values.dynamic && { dynamic: JSON.parse(values.dynamic) }),
    ...(values.rules && { rules: JSON.parse(readFileSync(values.rules, 'utf8')) }),
  });
  console.log(`ready ${stub.url}`);
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => void stub.close().then(() => process.exit(0)));
}
