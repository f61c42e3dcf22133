"""Two opposing leads that arrive at once find each other, whichever is searched first; never do both pass."""

from __future__ import annotations

import threading

import pytest

from engine import CompleteTask, queries
from tests.workflows.casework import CLIENT, OUTLINE
from tests.workflows.conflict_check.conftest import NOTHING
from workflows.records import conflicts, leads

ZHAO = {"name": "赵六", "id_number": "440524188001010014"}
AGAINST_ZHAO = {"opposing_parties": [{"name": "赵六", "kind": "person"}]}
AGAINST_ZHANG = {"opposing_parties": [{"name": "张三", "kind": "person"}]}


def begin(case, login, **outline):
    """A lead whose lawyer has only to declare; returns it with the task."""
    lead_id = case.screen(login, **outline)
    case.check(lawyer_id=case.cast[login].id)
    return lead_id, case.task_id("Task_Declare"), case.instance_id


def state(case, lead_id):
    with case.firm.reading() as session:
        return conflicts.find_check(session, lead_id).state


def waits(case, instance_id):
    with case.firm.reading() as session:
        return {task.element_id for task in queries.list_open_tasks(session, instance_id)}


@pytest.mark.parametrize("turn", range(4))
def test_of_two_opposing_leads_searched_at_once_one_waits_for_the_other(case, turn):
    first = begin(case, "lawyer1", **AGAINST_ZHAO)
    second = begin(case, "lawyer2", client=ZHAO, **AGAINST_ZHANG)
    barrier, failures = threading.Barrier(2), []

    def declare(login, task_id):
        barrier.wait()
        try:
            case.firm.run(CompleteTask(task_id, NOTHING), case.cast[login])
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=declare, args=given) for given in (("lawyer1", first[1]), ("lawyer2", second[1]))]
    for thread in threads[:: -1 if turn % 2 else 1]:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    case.settle()
    # who came first passes; the other one waits
    assert (state(case, first[0]), waits(case, second[2])) == ("CLEAR", {"Task_Wait"})


def test_who_is_searched_late_waits_for_who_has_passed_though_registered_earlier(case):
    """The parties of the earlier lead are written only after the later one has passed."""
    early = case.screen(
        opposing_parties=[{"name": "某甲", "kind": "person"}],
        client={"name": "钱七", "id_number": "", "id_type": "passport", "document_number": "E1"},
    )
    later, task_id, _instance = begin(case, "lawyer2", client=ZHAO, **AGAINST_ZHANG)
    case.firm.run(CompleteTask(task_id, NOTHING), case.cast["lawyer2"])
    case.settle()
    assert state(case, later) == "CLEAR"

    def write(context):
        leads.write_client(context, early, CLIENT)
        leads.write_outline(context, early, {**OUTLINE, **AGAINST_ZHAO})

    case.run(write)
    case.lead_id = early
    case.check()
    case.declare()
    assert case.open_tasks() == {"Task_Wait"}
