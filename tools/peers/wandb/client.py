"""Logs fixed rows with the official client: client.py BASE_URL RUN_ID FIRST LAST. Key and mode from the environment."""

import sys

import wandb

base_url, run_id, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
run = wandb.init(
    project="parity",
    id=run_id,
    name="parity run",
    resume="allow",
    config={"lr": 1e-4, "model": {"name": "pocket", "rank": 32}},
    settings=wandb.Settings(base_url=base_url, console="off", x_disable_stats=True, x_disable_meta=True),
)
run.define_metric("train/step")
run.define_metric("*", step_metric="train/step")
for step in range(first, last):
    run.log(
        {
            "train/step": step,
            "loss": float("nan") if step == 1 else 1.0 / (step + 1),
            "grad": float("inf") if step == 2 else -float("inf") if step == 3 else 0.5,
        }
    )
if first == 0:
    columns = ["group", "tags", "episode", "reward", "turns", "question"]
    rollouts = wandb.Table(columns=columns, data=[[0, "maths", 0, 1, 1, "2+2"], [0, "maths", 1, 0.5, 1, "3+3"]])
    run.log({"train/step": last, "rollouts": rollouts})
run.finish()
