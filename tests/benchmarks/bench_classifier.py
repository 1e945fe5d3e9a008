"""Speed, start-up, memory and linear cost of the classifier: `pytest tests/benchmarks/bench_classifier.py -s -n 0`.

Time is the processor's, not the wall's: the figures are those of one core whatever else the machine does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from classifiers.identifiers import extract
from classifiers.lines import answer
from classifiers.model import WEIGHTS, Router
from classifiers.text import normalise

HELD_APART = Path(__file__).parents[1] / "walk" / "complaints.jsonl"
ROUNDS = 5
START_UP = """
import json, resource, sys, time
from pathlib import Path
from classifiers.lines import answer
from classifiers.model import Router
answer(Router.load(Path(sys.argv[1])), "โอนเงินแล้วร้านบล็อก โทร 0812345678")
used = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"seconds": used.ru_utime + used.ru_stime, "megabytes": int(peak.split()[1]) / 1024}))
"""
# What is slow for cutters and for patterns: no spaces, one syllable, digits, tone marks, half a link, half a number.
HOSTILE = {
    "no spaces": "โอนเงินให้ร้านแล้วไม่ได้ของ",
    "one syllable": "ด้าน",
    "one sign": "ส",
    "digits": "7",
    "tone marks": "่",
    "sara am": "ำ",
    "hyphenated digits": "12-",
    "dots": "a.",
    "known for nlpo3": "กรายม",
}


@pytest.fixture(scope="module")
def router(model_dir):
    return Router.load(model_dir)


@pytest.fixture(scope="module")
def texts():
    return [json.loads(line)["text"] for line in HELD_APART.read_text("utf-8").splitlines()]


def seconds(work, *arguments):
    """The best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work(*arguments)
        best = min(best, time.process_time() - start)
    return best


def test_texts_per_second(router, texts):
    parts = {
        "whole answer": lambda text: answer(router, text),
        "router": router.predict,
        "identifiers": extract,
        "normalising": normalise,
    }
    speeds = {
        name: len(texts) / seconds(lambda work=work: [work(text) for text in texts]) for name, work in parts.items()
    }
    mean = sum(map(len, texts)) / len(texts)
    rounded = {name: round(speed) for name, speed in speeds.items()}
    sys.stdout.write(f"\n{len(texts)} texts of {mean:.0f} characters, a second of one core: {rounded} (wanted: 800)\n")

    # Speed is reported, not asserted: it is the machine's as much as ours.
    # That a part costs less than the whole is ours.
    assert speeds["whole answer"] < min(speeds["router"], speeds["identifiers"])


def test_start_up_and_memory(model_dir):
    command = [sys.executable, "-c", START_UP, str(model_dir)]
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(ROUNDS)]
    size = (model_dir / WEIGHTS).stat().st_size / 1e6
    used = {name: round(min(run[name] for run in runs), 2) for name in ("seconds", "megabytes")}
    sys.stdout.write(
        f"\nstart-up to first answer {used['seconds']} s, resident {used['megabytes']} MB, model {size:.1f} MB "
        "(wanted: under 2 s)\n"
    )

    assert used["megabytes"] < 300
    assert size < 30


@pytest.mark.parametrize("name", HOSTILE)
def test_cost_is_linear(router, name):
    sign = HOSTILE[name]
    short, long = sign * (10_000 // len(sign)), sign * (100_000 // len(sign))

    few, many = seconds(answer, router, short), seconds(answer, router, long)
    sys.stdout.write(f"\n{name}: 10,000 characters {few * 1000:.1f} ms, 100,000 characters {many * 1000:.1f} ms\n")

    assert many <= 3 * 10 * few
