"""Transfers: listed, tested, approved, packed, signed by both sides; what is lent or held stays."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from engine import RunOperation
from engine.errors import FormInvalid, NotAllowed, StateRefused
from engine.tables import Instance
from tests.workflows.archive_packages.test_patrol import damage
from web.cli import main
from workflows.handlers import transfer_volumes
from workflows.records import documents, legal_holds, transfers, volume_checks, volumes

FIRM = {"medium": "drive", "signature": "陈档案"}
RECIPIENT = {"result": "received", "name": "周接收", "position": "示范市档案馆接收科", "signature": "周接收"}


def begin(case, **other):
    values = {
        "kind": "archive_house", "recipient": "示范市档案馆", "basis": "档案法第十六条", "volume_ids": [case.volume_id],
        "notify_clients": True,
    }  # fmt: skip
    case.transfer_id = case.firm.run(
        RunOperation("transfers.begin", {**values, **other}), case.cast["archivist"]
    )["transfer_id"]
    case.settle()
    with case.firm.reading() as session:
        query = select(Instance.id).where(Instance.process_key == "volume_transfer").order_by(Instance.id.desc())
        case.instance_id = session.scalars(query).first()


def transfer(case):
    with case.firm.reading() as session:
        return transfers.get_transfer(session, case.transfer_id)


def hold(case):
    values = {"cause": "complaint", "source_id": "s" * 32, "reason": "投诉"}
    return case.run(lambda context: legal_holds.set_hold(context, case.lead_id, **values))


@pytest.mark.requirement("A18")
def test_a_volume_is_tested_approved_packed_signed_by_both_and_gone(archived):
    begin(archived)
    assert (archived.open_tasks(), archived.incidents()) == ({"Task_Approve"}, [])
    with archived.firm.reading() as session:
        tested = [each for each in volume_checks.list_checks(session, archived.volume_id) if each.kind == "transfer"]
    assert [each.passed for each in tested] == [True], tested[0].defects
    before = len(archived.mails())
    archived.do("director", "Task_Approve", {"decision": "approve"})
    assert any("档案移交通知" in mail["subject"] for mail in archived.mails()[before:])
    archived.do("archivist", "Task_SignFirm", FIRM)
    archived.do("archivist", "Task_SignRecipient", RECIPIENT)
    assert (archived.state(), archived.incidents()) == ("completed", [])
    assert archived.volume().state == volumes.TRANSFERRED
    made = transfer(archived)
    assert (made.state, made.signed["recipient"]["name"]) == (transfers.HANDED_OVER, "周接收")
    path = transfer_volumes.file_of(archived.firm.tools, made.number)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.file_sha256
    with archived.firm.reading() as session:
        assert documents.read_content(session, made.report_id).startswith(b"%PDF")
    verified = CliRunner().invoke(main, ["archive", "verify", str(path)])
    assert (verified.exit_code, "whole" in verified.output) == (0, True), verified.output


@pytest.mark.requirement("A18")
def test_a_received_package_that_was_changed_is_not_whole(archived, tmp_path):
    runner = CliRunner()
    assert runner.invoke(main, ["archive", "verify", str(archived.folder())]).exit_code == 0
    damage(archived.folder() / "data" / "cover.pdf")
    found = runner.invoke(main, ["archive", "verify", str(archived.folder()), "--json"])
    assert found.exit_code == 1 and "data/cover.pdf changed" in found.output
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../evil.txt", b"x")
    assert runner.invoke(main, ["archive", "verify", str(evil)]).exit_code == 1
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK no zip")
    assert runner.invoke(main, ["archive", "verify", str(broken)]).exit_code == 1


@pytest.mark.requirement("A18")
def test_what_is_held_cannot_be_listed_nor_handed_over(archived):
    """Round the task: the operation, and a hold that comes while the transfer is under way."""
    kept = hold(archived)
    with pytest.raises(StateRefused):
        begin(archived)
    archived.run(lambda context: legal_holds.lift_hold(context, kept.id, "了结"))
    begin(archived)
    archived.do("director", "Task_Approve", {"decision": "approve"})
    archived.do("archivist", "Task_SignFirm", FIRM)
    again = hold(archived)
    archived.do("archivist", "Task_SignRecipient", RECIPIENT)
    assert archived.open_tasks() == {"Task_List"}
    shown = archived.first_values("Task_List", "archivist")
    assert "证据保全" in shown["volumes"][0]["problem"]
    with pytest.raises(FormInvalid) as caught:
        archived.do("archivist", "Task_List", {**shown, "volumes": [{**shown["volumes"][0], "keep": True}]})
    assert set(caught.value.errors) == {"volumes.0.keep"}
    with pytest.raises(FormInvalid):
        archived.do("archivist", "Task_List", {"decision": "again", "volumes": []})
    with pytest.raises(StateRefused):
        archived.run(lambda context: transfers.hand_over(context, archived.transfer_id), "archivist")
    archived.run(lambda context: legal_holds.lift_hold(context, again.id, "了结"))
    archived.do("archivist", "Task_List", {**shown, "volumes": [{**shown["volumes"][0], "keep": True}]})
    assert archived.open_tasks() == {"Task_Approve"}
    assert archived.volume().state == volumes.STORED


def test_a_volume_that_is_not_stored_is_not_listed(case):
    with pytest.raises(StateRefused):
        begin(case)


@pytest.mark.requirement("A18")
def test_a_package_that_fails_its_test_goes_back_to_the_list_and_may_be_given_up(archived):
    for place in ("main", "second"):
        damage(archived.folder(place) / "data" / "documents" / "001 民事判决书.pdf")
    begin(archived)
    assert archived.open_tasks() == {"Task_List"}
    shown = archived.first_values("Task_List", "archivist")
    assert "真实性" in shown["volumes"][0]["problem"] and not shown["volumes"][0]["keep"]
    archived.do("archivist", "Task_List", {"decision": "stop"})
    assert (archived.state(), transfer(archived).state) == ("completed", transfers.REFUSED)


@pytest.mark.requirement("A18")
def test_the_director_may_send_back_or_refuse_and_nobody_else_decides(archived):
    begin(archived)
    first = archived.instance_id
    with pytest.raises(StateRefused):  # no volume stands on two lists
        begin(archived)
    archived.instance_id = first
    with pytest.raises(NotAllowed):
        archived.do("archivist", "Task_Approve", {"decision": "approve"})
    archived.do("director", "Task_Approve", {"decision": "change", "opinion": "补充依据"})
    assert archived.open_tasks() == {"Task_List"}
    archived.do("archivist", "Task_List", archived.first_values("Task_List", "archivist"))
    archived.do("director", "Task_Approve", {"decision": "refuse"})
    assert (archived.state(), transfer(archived).state) == ("completed", transfers.REFUSED)


def test_the_recipient_may_refuse_and_late_steps_are_pressed(archived):
    begin(archived, notify_clients=False)
    before = len(archived.mails())
    archived.move_to(archived.firm.clock.now() + timedelta(days=10))
    archived.do("director", "Task_Approve", {"decision": "approve"})
    archived.do("archivist", "Task_SignFirm", FIRM)
    archived.move_to(archived.firm.clock.now() + timedelta(days=15))
    pressed = [mail for mail in archived.mails()[before:] if "逾期未交接" in mail["subject"]]
    assert len({mail["to"] for mail in pressed}) >= 2 and len(pressed) >= 4
    archived.do("archivist", "Task_SignRecipient", {"result": "refused", "reason": "光盘读不出"})
    assert archived.open_tasks() == {"Task_List"}
    assert isinstance(transfer(archived).begun_at, datetime)
