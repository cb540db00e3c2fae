#!/usr/bin/env python3
"""Divergence of one GGUF's next-token distributions from another's: python kl.py EXACT.gguf ROUNDED.gguf BEGIN < rows.json

rows.json: lists of token ids. From position BEGIN on, every position but the last of each row counts. Caches are float32.
"""
import ctypes
import json
import sys

import llama_cpp as L
import numpy as np

silent = L.llama_log_callback(lambda level, text, data: None)


def logprobs(gguf: str, rows):
    """For each row [length, vocabulary] float64."""
    model = L.llama_model_load_from_file(gguf.encode(), L.llama_model_default_params())
    n_vocab = L.llama_vocab_n_tokens(L.llama_model_get_vocab(model))
    cp = L.llama_context_default_params()
    cp.n_ctx, cp.n_threads, cp.n_threads_batch, cp.type_k, cp.type_v = 512, 2, 2, 0, 0
    ctx = L.llama_init_from_model(model, cp)
    batch = L.llama_batch_init(512, 0, 1)
    for row in rows:
        L.llama_memory_clear(L.llama_get_memory(ctx), True)
        batch.n_tokens = len(row)
        for i, token in enumerate(row):
            batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.seq_id[i][0], batch.logits[i] = token, i, 1, 0, 1
        if L.llama_decode(ctx, batch) != 0:
            sys.exit("llama_decode failed")
        logits = np.ctypeslib.as_array(L.llama_get_logits(ctx), shape=(len(row), n_vocab)).astype(np.float64)
        logits -= logits.max(1, keepdims=True)
        yield logits - np.log(np.exp(logits).sum(1, keepdims=True))


def main() -> None:
    exact, rounded, begin = sys.argv[1], sys.argv[2], int(sys.argv[3])
    L.llama_log_set(silent, None)
    L.llama_backend_init()
    rows = json.load(sys.stdin)
    kl, same, change = [], [], []
    for row, p, q in zip(rows, list(logprobs(exact, rows)), logprobs(rounded, rows)):
        p, q, target = p[begin:-1], q[begin:-1], row[begin + 1:]
        kl += (np.exp(p) * (p - q)).sum(1).tolist()
        same += (p.argmax(1) == q.argmax(1)).tolist()
        change += np.abs((p - q)[range(len(target)), target]).tolist()
    print(json.dumps(dict(program="llama.cpp Q8_0 from its F32", positions=len(kl), mean_kl=np.mean(kl), mean_logprob_change=np.mean(change),
                          largest_logprob_change=np.max(change), same_best=np.mean(same))))


main()
