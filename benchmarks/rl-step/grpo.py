"""TRL's side: one step of GRPOTrainer on the same weights, prompts and sizes. Prints {"ready": true} when warm, then does one step
per line on stdin and prints its figures.

The trainer runs in a thread and is held between steps. Prompts are token ids decoded to text and encoded again, so their lengths
differ by a few tokens from ours; answers have exactly --tokens tokens on both sides.
"""
import argparse
import json
import os
import queue
import resource
import sys
import threading
import time

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

p = argparse.ArgumentParser()
for name in ["prompts", "samples", "tokens", "rank", "threads"]:
    p.add_argument("--" + name, type=int)
p.add_argument("--model")
p.add_argument("--micro-batch", type=int, default=16, help="answers per forward and backward")
a = p.parse_args()
torch.set_num_threads(a.threads)


def prompt(index):
    state, out = index + 1, []
    for _ in range(48):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(100 + state % 49000)
    return out


def reward(completion_ids, **_):
    return [len(set(ids)) / max(1, len(ids)) for ids in completion_ids]


go, done = queue.Queue(), queue.Queue()


class Held(TrainerCallback):
    def on_step_begin(self, args, state, control, **kwargs):
        go.get()
        self.started, self.cpu = time.perf_counter(), sum(os.times()[:2])

    def on_step_end(self, args, state, control, **kwargs):
        seconds, cpu = time.perf_counter() - self.started, sum(os.times()[:2]) - self.cpu
        tokens = a.prompts * a.samples * a.tokens
        done.put({
            "tok_per_s": tokens / seconds, "seconds": seconds, "cpu_seconds": cpu, "tok_per_cpu_s": tokens / cpu,
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        })


def train():
    tokenizer = AutoTokenizer.from_pretrained(a.model)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(a.model, dtype=torch.float32)
    batch = a.prompts * a.samples
    micro = min(a.micro_batch, batch)
    config = GRPOConfig(
        output_dir="/tmp/rl-step-trl", use_cpu=True, report_to=[], save_strategy="no", logging_strategy="no",
        disable_tqdm=True, per_device_train_batch_size=micro, gradient_accumulation_steps=batch // micro,
        num_generations=a.samples, generation_batch_size=batch, max_completion_length=a.tokens, temperature=1.0, beta=0.0,
        scale_rewards="none", learning_rate=4e-5, max_steps=1000, bf16=False, gradient_checkpointing=False,
        generation_kwargs={"min_new_tokens": a.tokens, "max_new_tokens": a.tokens}, shuffle_dataset=False,
    )
    lora = LoraConfig(r=a.rank, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    rows = Dataset.from_list([{"prompt": tokenizer.decode(prompt(i))} for i in range(a.prompts)] * 64)
    GRPOTrainer(model=model, reward_funcs=reward, args=config, train_dataset=rows, processing_class=tokenizer,
                peft_config=lora, callbacks=[Held()]).train()


def guarded():
    try:
        train()
    except BaseException as error:  # noqa: BLE001 - whatever it is, the other side waits for a word
        done.put(error)


threading.Thread(target=guarded, daemon=True).start()
stdout = sys.stdout
sys.stdout = sys.stderr  # what libraries print is not ours to say


def one():
    go.put(None)
    result = done.get()
    if isinstance(result, BaseException):
        raise result
    return result


one()  # warm
print(json.dumps({"ready": True}), file=stdout, flush=True)
for _ in sys.stdin:
    print(json.dumps(one()), file=stdout, flush=True)
