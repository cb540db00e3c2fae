#!/usr/bin/env python3
"""Scores token sequences with llama.cpp, and tokenizes texts. JSON on stdin: {"gguf", "sequences": [[id]], "texts": [str]}; JSON on stdout."""
import json
import sys

import llama_cpp as L
import numpy as np

silent = L.llama_log_callback(lambda level, text, data: None)
L.llama_log_set(silent, None)
request = json.load(sys.stdin)
L.llama_backend_init()
parameters = L.llama_model_default_params()
parameters.n_gpu_layers = 0
model = L.llama_model_load_from_file(request["gguf"].encode(), parameters)
if not model:
    sys.exit("llama.cpp did not load the file")
vocabulary = L.llama_model_get_vocab(model)
size = L.llama_vocab_n_tokens(vocabulary)
context_parameters = L.llama_context_default_params()
context_parameters.n_ctx = context_parameters.n_batch = context_parameters.n_ubatch = 512
context_parameters.n_threads = context_parameters.n_threads_batch = 1
context_parameters.type_k = context_parameters.type_v = 0  # float32 caches: what differs is the weights' arithmetic
context_parameters.flash_attn_type = 0
context_parameters.offload_kqv = context_parameters.op_offload = False
context = L.llama_init_from_model(model, context_parameters)
batch = L.llama_batch_init(512, 0, 1)


def score(tokens):
    L.llama_memory_clear(L.llama_get_memory(context), True)
    batch.n_tokens = len(tokens)
    for i, token in enumerate(tokens):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.seq_id[i][0], batch.logits[i] = token, i, 1, 0, 1
    if L.llama_decode(context, batch) != 0:
        sys.exit("llama_decode failed")
    logits = np.ctypeslib.as_array(L.llama_get_logits(context), shape=(len(tokens), size)).astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    logprobs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return [float(logprobs[i, token]) for i, token in enumerate(tokens[1:])]


def tokenize(text):
    raw, out = text.encode(), (L.llama_token * 4096)()
    return list(out[: L.llama_tokenize(vocabulary, raw, len(raw), out, 4096, False, False)])


json.dump({"logprobs": [score(tokens) for tokens in request["sequences"]], "tokens": [tokenize(text) for text in request["texts"]]}, sys.stdout)
