#!/usr/bin/env python3
"""Scores token sequences with PEFT on CPU in float32, and writes adapters made by PEFT.

    python check.py score MODEL ADAPTER  < sequences.json  > logprobs.json
    python check.py make  MODEL OUT      # a random adapter (A and B), rank 5, alpha 11, on q, v and down
"""
import json
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
what, model_folder, adapter_folder = sys.argv[1:]
model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
if what == "make":
    torch.manual_seed(0)
    config = LoraConfig(r=5, lora_alpha=11, target_modules=["q_proj", "v_proj", "down_proj"], task_type="CAUSAL_LM")
    model = get_peft_model(model, config)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    model.save_pretrained(adapter_folder)
else:
    model = PeftModel.from_pretrained(model, adapter_folder).eval()
    loaded = {name for name, _ in model.named_parameters() if "lora_" in name}
    with torch.no_grad():
        scored = []
        for tokens in json.load(sys.stdin):
            logits = model(torch.tensor([tokens])).logits[0].double()
            logprobs = torch.log_softmax(logits, dim=-1)
            scored.append([logprobs[i, token].item() for i, token in enumerate(tokens[1:])])
    json.dump({"factors": len(loaded), "logprobs": scored}, sys.stdout)
