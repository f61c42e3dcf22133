"""Scenario 20 of processes.md: the process is killed between the steps of S11 (number, sheets, package, second copy).

Restarted, there is exactly one file number, no gap, one package in each place, and nothing left half.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tests.workflows.small_firm  # noqa: F401 - the database template is made of the tables that are known

#: every how-many-th commit or change of a file is a point to die at; a prime, so that the points spread over the steps
STRIDE = 17


@pytest.mark.requirement("A10", "A11", "A21")
def test_killed_at_any_step_of_the_acceptance_there_is_one_number_and_one_package(sqlite_template, tmp_path):
    command = [sys.executable, "-m", "tests.scenarios.filing_killer", str(sqlite_template), str(tmp_path / "kill"), str(STRIDE)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout.split()[-1]) >= 5
