#!/usr/bin/env python3
"""Whether a merged folder gives the logits of base and adapter, float32:  python merged.py BASE ADAPTER MERGED"""
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
base_folder, adapter_folder, merged_folder = sys.argv[1:]
load = lambda folder: AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
parts = PeftModel.from_pretrained(load(base_folder), adapter_folder).eval()
merged = load(merged_folder).eval()
tokens = torch.arange(1, 31)[None] * 2 % parts.config.vocab_size
with torch.no_grad():
    print((parts(tokens).logits - merged(tokens).logits).abs().max().item())
