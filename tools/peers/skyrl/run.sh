#!/usr/bin/env bash
# From nothing to a result: SkyRL's server on loopback with a tiny random Qwen3, and everything of ours that talks to one.
#
#   run.sh DIR [PYTHON]            DIR keeps the virtual environment (7 GB), the model and the runs; PYTHON as for setup.sh
#
# Environment: PORT (default 8123), and those of setup.sh and serve.sh. Needs a built repository (npm run build).
set -eu
[ $# -ge 1 ] || { sed -n '2,8p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
port=${PORT:-8123}
chats=$here/../../../plugins/recipe-sl-loop/data/chats.jsonl

[ -x "$dir/venv/bin/python" ] || "$here/setup.sh" "$dir/venv" "${2:-python3.12}"
mkdir -p "$dir/models/tiny"
[ -f "$dir/models/tiny/qwen3/config.json" ] ||
  "$dir/venv/bin/python" "$here/make_model.py" "$dir/models/tiny/qwen3" --text "$chats" --vocab 320

BASE_MODEL=tiny/qwen3 MAX_SECONDS=3000 "$here/serve.sh" "$dir/venv" "$dir/models/tiny/qwen3" "$port" > "$dir/server.out" &
server=$!
trap 'kill -TERM $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
until grep -q '^ready' "$dir/server.out"; do
  kill -0 $server 2>/dev/null || { echo "the server did not come up" >&2; exit 1; }
  sleep 1
done

export TINKER_BASE_URL=http://127.0.0.1:$port TINKER_API_KEY=tml-local TINSMITH_MODELS=$dir/models
"$dir/venv/bin/python" - <<'P'
import importlib.metadata as m
print("server: skyrl", m.version("skyrl"), "jax", m.version("jax"), "transformers", m.version("transformers"))
P
node "$here/drive.mjs" "$dir" "$chats"
