#!/usr/bin/env python3
"""Tokens per CPU second of the Rust tokenizer: encode.py TOKENIZER_JSON TEXTS_JSON"""

import json
import sys
import time

from tokenizers import Tokenizer

tokenizer_file, texts_file = sys.argv[1:]
tokenizer = Tokenizer.from_file(tokenizer_file)
with open(texts_file, encoding="utf8") as file:
    texts = json.load(file)

for _ in range(2):
    begin = time.process_time()
    tokens = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)
    rate = tokens / (time.process_time() - begin)
print(json.dumps({"tokens": tokens, "rate": rate}))
