"""The program of scenario 20: it takes a volume through acceptance again and again, and kills the process each time elsewhere.

Whatever touches the firm runs in a forked child, so that no thread of a library stands in a process that forks; the program
itself only copies folders. ``python -m tests.scenarios.filing_killer TEMPLATE FOLDER STRIDE`` prints how many points it tried.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from datetime import timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import event, select

from engine.audit import verify
from engine.clock import FrozenClock
from tests.conftest import START
from tests.workflows.filing.conftest import ACCEPT, FilingCase
from tests.workflows.small_firm import open_small_firm
from workflows.records import bags, package_parts, packages, volumes
from workflows.wiring import open_firm

DONE, FAILED, KILLED = 0, 3, -signal.SIGKILL
FIRST, SECOND = "J001-YW·MS-2026-Y-0001", "J001-YW·MS-2026-Y-0002"
#: what changes files, as the interpreter reports it
ACTS = frozenset({"open", "os.mkdir", "os.rename", "os.chmod", "shutil.copytree"})
PLACES = ("archive", "archive-copy")


def in_child(action):
    """Do something in a child; how it ended."""
    child = os.fork()
    if child == 0:
        try:
            action()
            os._exit(DONE)
        except BaseException:  # noqa: BLE001 - the child must never return into the program
            traceback.print_exc()
            os._exit(FAILED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def make(template, folder):
    """A volume that waits for the archivist."""
    shutil.copy(template, folder / "firm.db")
    case = FilingCase(open_small_firm(f"sqlite:///{folder / 'firm.db'}", FrozenClock(START), folder / "data", "filing"))
    case.open_matter()
    case.until_check()
    assert case.open_tasks() == {"Task_Check"}
    known = {name: getattr(case, name) for name in ("lead_id", "instance_id", "volume_id")}
    (folder / "case.json").write_text(json.dumps(known))
    case.firm.close()


def reopen(folder, *, minutes=0):
    """The firm as a new process finds it."""
    clock = FrozenClock(START + timedelta(minutes=minutes))
    case = FilingCase(open_firm(f"sqlite:///{folder / 'firm.db'}", clock=clock, data_dir=folder / "data"))
    vars(case).update(json.loads((folder / "case.json").read_text()))
    return case


def accept_until(folder, step):
    """Let the archivist accept, and die at the n-th commit or change below the archive's folders."""
    case, steps = reopen(folder), count(1)

    def pass_by():
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(name, arguments):
        if name in ACTS and arguments and str(arguments[0]).startswith(str(folder / "data" / "archive")):
            pass_by()

    event.listen(case.firm.database, "commit", lambda _: pass_by())
    sys.addaudithook(heard)
    case.do("archivist", "Task_Check", ACCEPT)


def restart_and_judge(folder, step):
    """The dead worker's lease ends and what is owed is done: one number, one package in each place, nothing half."""
    case = reopen(folder, minutes=11)
    case.settle()
    if case.open_tasks() == {"Task_Check"}:  # killed before the acceptance was committed: the archivist accepts again
        case.do("archivist", "Task_Check", ACCEPT)
    assert (case.incidents(), case.open_tasks()) == ([], {"Task_Shelve"}), step
    with case.firm.reading() as session:
        query = select(volumes.VolumeRow.file_no).where(volumes.VolumeRow.file_no.is_not(None))
        assert list(session.scalars(query)) == [FIRST], step
        (part,) = package_parts.list_parts(session, case.volume_id)
        assert verify(session).broken_at is None, step
    for place in packages.read_places(case.firm.tools).both().values():
        assert [each.name for each in place.iterdir()] == [FIRST], step
        assert bags.look_through(place / FIRST, part.sha256).faults == (), step


def number_next(folder):
    """The next volume has the next number."""
    case = FilingCase(reopen(folder, minutes=20).firm)
    case.open_matter()
    case.until_check()
    case.do("archivist", "Task_Check", ACCEPT)
    assert case.volume().file_no == SECOND, case.volume().file_no


def main(template, folder, stride):
    """Try every stride-th point until the acceptance comes through; prints how many were tried."""
    start = folder / "start"
    start.mkdir(parents=True)
    assert in_child(lambda: make(template, start)) == DONE
    tried = 0
    for step in count(1, stride):
        now = folder / "now"
        for place in PLACES:
            for package in (now / "data" / place).glob("*"):
                bags.remove(package)
        shutil.rmtree(now, ignore_errors=True)
        shutil.copytree(start, now)
        ended = in_child(lambda now=now, step=step: accept_until(now, step))
        assert ended in (DONE, KILLED), (step, ended)
        assert in_child(lambda now=now, step=step: restart_and_judge(now, step)) == DONE, step
        tried += 1
        if ended == DONE:
            break
    assert in_child(lambda: number_next(folder / "now")) == DONE
    print(tried)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
