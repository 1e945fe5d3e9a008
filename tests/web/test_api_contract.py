"""The document of the API is what the server does, found by a tool that tries; the README's clients work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from tests.contract import findings, serving, token_of
from tests.services.scene import referred, the_case

if TYPE_CHECKING:
    from flask import Flask

README = Path(__file__).parents[2] / "README.md"


# Once is enough: what differs between the databases is walked by the other tests.
@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_the_server_does_what_its_document_says(app: Flask) -> None:
    assert findings(app, 2, "--phases", "examples,coverage") == ""


def example(language: str) -> str:
    section = README.read_text("utf-8").split("## Agencies' own systems")[1].split("\n## ")[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.skipif(shutil.which("curl") is None, reason="one of the README's clients is curl")
def test_the_clients_of_the_readme_work(app: Flask) -> None:
    first, second = referred("POLICE"), referred("OCPB")
    given = {"POLICE": [sys.executable, "-c", example("python")], "OCPB": ["bash", "-euc", example("sh")]}
    with serving(app) as address:
        for agency, command in given.items():
            env = os.environ | {"CENTRE": address, "TOKEN": token_of(agency)}
            told = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
            assert told.returncode == 0, told.stderr
            assert "answer" in told.stdout
    with unit_of_work() as session:
        for number in (first, second):
            (referral,) = the_case(session, number).referrals
            assert (referral.state, referral.outcome) == ("answered", "refunded_full")
    db.session.remove()
