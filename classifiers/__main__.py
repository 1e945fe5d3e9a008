"""`python -m classifiers predict | evaluate FILE | train`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from classifiers.evaluate import evaluate
from classifiers.lines import answers
from classifiers.model import Router
from classifiers.rows import read
from classifiers.train import ensure, is_current, train

MODEL = Path(__file__).parent / "data" / "model"


def model_folder() -> Path:
    """Beside the rows where that may be written, otherwise in the user's cache."""
    if os.access(MODEL if MODEL.exists() else MODEL.parent, os.W_OK) or is_current(MODEL):
        return MODEL
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "occ1212" / "model"


def ready(folder: Path) -> Router:
    """The router; trained first where no model of these rows is there."""
    if not is_current(folder):
        sys.stderr.write("No model of these rows yet: training it once, about half a minute ...\n")
        ensure(folder)
    return Router.load(folder)


def write(line: str) -> None:
    """One line out, whatever signs it holds."""
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")


def main() -> None:
    """Do one of the three."""
    parser = argparse.ArgumentParser(prog="python -m classifiers", description=__doc__)
    parser.add_argument("--model", type=Path, help="the model's folder")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("predict", help="lines of JSON in, lines of JSON out")
    verbs.add_parser("train", help="rebuild the model from the project's rows")
    verbs.add_parser("evaluate", help="measure on labelled rows").add_argument("file", type=Path)
    options = parser.parse_args()
    folder: Path = options.model or model_folder()
    if options.verb == "train":
        write(f"Classifier version {train(folder)} in {folder}")
    elif options.verb == "evaluate":
        write(json.dumps(evaluate(ready(folder), read(options.file)), ensure_ascii=False, indent=1))
    else:
        for answer in answers(ready(folder), sys.stdin.buffer):
            write(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    main()
