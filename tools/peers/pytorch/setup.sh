#!/bin/sh
# PyTorch peer: a virtual environment in DIR (default ./torch) with the versions that were measured, and, if a GGUF is given, its
# weights as a Hugging Face folder DIR/smollm2 for --model.
#   sh setup.sh [DIR] [GGUF]        then: DIR/bin/python train.py --model DIR/smollm2 ...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-torch}
python3 -m venv "$dir"
"$dir/bin/pip" -q install torch==2.15.0 transformers==5.5.4 peft==0.21.2 gguf==0.19.0 safetensors numpy
"$dir/bin/python" -c 'import torch, peft, transformers; print(torch.__version__, transformers.__version__, peft.__version__, torch.backends.cpu.get_cpu_capability())'
[ -z "${2:-}" ] || "$dir/bin/python" "$here/to_hf.py" "$2" "$dir/smollm2"
