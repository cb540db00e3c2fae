#!/usr/bin/env python3
"""Time the official Python SDK against the stub server.

    bench.py URL [--runs 5] [--calls 10] [--json FILE] [--only import,memory,fwdbwd,samples]

Each run is a fresh process. Reported: the smallest, middle and largest of the runs. "CPU" is user + system time of the client process
(all threads); the stub's own CPU is reported beside it, from its /__stub/stats. Needs `tinker` and numpy only."""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import urllib.request

os.environ["TINKER_API_KEY"] = "tml-bench"
os.environ["TINKER_TELEMETRY"] = "0"


def cpu():
    r = resource.getrusage(resource.RUSAGE_SELF)
    return r.ru_utime + r.ru_stime


def rss():
    for line in open("/proc/self/status") if os.path.exists("/proc/self/status") else []:
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)


def stub(url):
    rq = urllib.request.Request(url + "/__stub/stats", b"{}", {"Content-Type": "application/json"})
    return json.loads(urllib.request.urlopen(rq, timeout=30).read())


class Clock:
    def __init__(self, url):
        self.url = url

    def __enter__(self):
        self.s = stub(self.url)
        self.w, self.c = time.perf_counter(), cpu()
        return self

    def __exit__(self, *a):
        self.wall, self.cpu = time.perf_counter() - self.w, cpu() - self.c
        s = stub(self.url)
        self.server_cpu, self.requests = s["cpu_seconds"] - self.s["cpu_seconds"], s["requests"] - self.s["requests"]


def clients(url):
    import warnings
    warnings.simplefilter("ignore")
    import tinker
    got = lambda x: x.result() if type(x).__name__.startswith("Backcompat") else x
    sc = tinker.ServiceClient(base_url=url)
    model = stub_model(url)
    return tinker, sc, got, model


def stub_model(url):
    return json.loads(urllib.request.urlopen(url + "/api/v1/get_server_capabilities", timeout=30).read())["supported_models"][0]["model_name"]


def m_import(url, calls):
    base = rss()
    w, c = time.perf_counter(), cpu()
    import tinker  # noqa: F401
    return {"wall_s": time.perf_counter() - w, "cpu_s": cpu() - c, "rss_before_mb": base, "rss_mb": rss()}


def m_memory(url, calls):
    bare = rss()
    tinker, sc, got, model = clients(url)
    out = {"rss_before_mb": bare, "after_import_mb": rss()}
    tc = got(sc.create_lora_training_client(base_model=model, rank=8))
    from tinker import types
    tc.forward_backward([types.Datum(model_input=types.ModelInput.from_ints([1, 2]), loss_fn_inputs={"target_tokens": [2, 3], "weights": [1.0, 1.0]})], "cross_entropy").result()
    out["one_client_mb"] = rss()
    return out


def m_fwdbwd(url, calls):
    tinker, sc, got, model = clients(url)
    from tinker import types
    import numpy as np
    rng = np.random.default_rng(0)
    raw = [rng.integers(0, 150_000, 513).tolist() for _ in range(128)]
    w = [1.0] * 512
    w0, c0 = time.perf_counter(), cpu()
    data = [types.Datum(model_input=types.ModelInput.from_ints(x[:-1]), loss_fn_inputs={"target_tokens": x[1:], "weights": w}) for x in raw]
    out = {"build_wall_s": time.perf_counter() - w0, "build_cpu_s": cpu() - c0}
    tc = got(sc.create_lora_training_client(base_model=model, rank=8))
    tc.forward_backward(data, "cross_entropy").result()
    with Clock(url) as k:
        for _ in range(calls):
            r = tc.forward_backward(data, "cross_entropy").result()
            assert len(r.loss_fn_outputs) == 128 and len(r.loss_fn_outputs[5]["logprobs"].data) == 512
    out.update(wall_s=k.wall / calls, cpu_s=k.cpu / calls, stub_cpu_s=k.server_cpu / calls, requests=k.requests / calls, rss_mb=rss())
    return out


def m_samples(n):
    def run(url, calls):
        tinker, sc, got, model = clients(url)
        from tinker import types
        s = got(sc.create_sampling_client(base_model=model))
        p, sp = types.ModelInput.from_ints(list(range(16))), types.SamplingParams(max_tokens=8, seed=1)
        s.sample(p, 1, sp).result()
        total = max(n, 2000)
        with Clock(url) as k:
            done = 0
            while done < total:
                fs = [s.sample(p, 1, sp) for _ in range(n)]
                for f in fs:
                    assert len(f.result().sequences[0].tokens) == 8
                done += n
        return {"samples_per_s": done / k.wall, "cpu_ms_per_sample": 1000 * k.cpu / done, "wall_s": k.wall, "stub_cpu_ms_per_sample": 1000 * k.server_cpu / done, "http_requests_per_sample": k.requests / done, "rss_mb": rss()}
    return run


MEASURES = {"import": m_import, "memory": m_memory, "fwdbwd": m_fwdbwd, "samples_512": m_samples(512), "samples_2000": m_samples(2000)}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("url")
    ap.add_argument("--runs", type=int, default=5)
    ap.add_argument("--calls", type=int, default=10)
    ap.add_argument("--only", default=",".join(MEASURES))
    ap.add_argument("--json")
    ap.add_argument("--one", help=argparse.SUPPRESS)
    a = ap.parse_args()
    if a.one:
        print(json.dumps(MEASURES[a.one](a.url.rstrip("/"), a.calls)))
        sys.stdout.flush()
        os._exit(0)
    import importlib.metadata
    version = importlib.metadata.version("tinker")
    print(f"tinker {version}, Python {sys.version.split()[0]}, {a.runs} runs")
    all_ = {}
    for name in a.only.split(","):
        rows = []
        for _ in range(a.runs):
            p = subprocess.run([sys.executable, "-W", "ignore", __file__, a.url, "--one", name, "--calls", str(a.calls)], capture_output=True, text=True, timeout=600)
            if p.returncode:
                sys.exit(p.stderr[-2000:])
            rows.append(json.loads(p.stdout.strip().splitlines()[-1]))
        all_[name] = rows
        print(name)
        for k in rows[0]:
            v = sorted(r[k] for r in rows)
            print(f"  {k:26} {v[0]:10.4g} {statistics.median(v):10.4g} {v[-1]:10.4g}", flush=True)
    if a.json:
        json.dump({"sdk": version, "python": sys.version.split()[0], "runs": all_}, open(a.json, "w"), indent=1)


if __name__ == "__main__":
    main()
