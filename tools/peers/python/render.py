#!/usr/bin/env python3
"""Conversations per CPU second of the Cookbook's renderers:

render.py COOKBOOK TOKENIZER_JSON CONVERSATIONS_JSON RENDERER COUNT
"""

import json
import logging
import sys
import time

cookbook, tokenizer_file, conversations_file, name, count = sys.argv[1:]
sys.path.insert(0, cookbook)

import torch  # noqa: E402
from tinker_cookbook.renderers import TrainOnWhat, get_renderer  # noqa: E402
from transformers import PreTrainedTokenizerFast  # noqa: E402

torch.set_num_threads(1)
logging.disable(logging.WARNING)  # one for every conversation with some renderers
with open(tokenizer_file.replace("tokenizer.json", "tokenizer_config.json"), encoding="utf8") as file:
    config = json.load(file)


def piece(key):
    value = config.get(key)
    return value["content"] if isinstance(value, dict) else value


# From the file as it is: a loader that goes by the class name rebuilds some tokenizers and changes their ids.
tokenizer = PreTrainedTokenizerFast(
    tokenizer_file=tokenizer_file, bos_token=piece("bos_token"), eos_token=piece("eos_token")
)
renderer = get_renderer(name, tokenizer)
with open(conversations_file, encoding="utf8") as file:
    conversations = json.load(file)

for _ in range(2):
    tokens = 0
    begin = time.process_time()
    for index in range(int(count)):
        messages = conversations[index % len(conversations)]
        model_input, _weights = renderer.build_supervised_example(
            messages, TrainOnWhat.ALL_ASSISTANT_MESSAGES
        )
        tokens += model_input.length
    rate = int(count) / (time.process_time() - begin)
print(json.dumps({"tokens": tokens, "rate": rate}))
