#!/bin/sh
# TRL in an environment of its own, in DIR, with the weights as a Hugging Face folder DIR/smollm2. Takes a few gigabytes.
#   sh setup.sh [DIR] [GGUF]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-trl}
gguf=${2:-$here/../../models/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf}
python3 -m venv "$dir"
"$dir/bin/pip" -q install torch==2.15.0 transformers==5.5.4 peft==0.21.2 trl==1.16.0 gguf==0.19.0 safetensors numpy
"$dir/bin/python" -c 'import torch, trl; print(torch.__version__, trl.__version__)'
"$dir/bin/python" "$here/../../tools/peers/pytorch/to_hf.py" "$gguf" "$dir/smollm2"
