"""G6 and G7 hold wherever a change comes from: operations, record functions, plain SQL."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine import RunOperation
from engine.errors import StateRefused
from tests.workflows.filing.conftest import ACCEPT
from workflows.records import documents, volume_checks, volume_contents, volumes


def sql(case, statement, **values):
    case.run(lambda context: context.session.execute(text(statement), values))


@pytest.mark.requirement("A11")
def test_no_number_before_the_archivist_accepted(case):
    """G6: neither the operation, nor the record, nor SQL gives one."""
    case.until_check()
    with pytest.raises(StateRefused):
        case.firm.run(RunOperation("volumes.accept", {"volume_id": case.volume_id}), case.cast["director"])
    with pytest.raises(StateRefused):
        case.run(lambda context: volumes.accept(context, case.volume_id), "archivist")
    for change in ("file_no = 'J001-X-1'", "file_no = 'J001-X-1', state = 'ACCEPTED'", "file_no = 'J001-X-1', state = 'STORED'"):
        with pytest.raises(DBAPIError):
            sql(case, f"UPDATE volumes SET {change} WHERE id = :id", id=case.volume_id)
    assert case.volume().file_no is None


def test_a_refusal_by_the_archivist_is_no_acceptance(case):
    """G6: what counts is the last word since the volume was handed in."""
    case.until_check()

    def judge(accepted):
        case.run(
            lambda context: volume_checks.record_check(
                context, case.volume_id, accepted=accepted, points=[], defects=[], opinion=""
            ),
            "archivist",
        )

    judge(True)
    judge(False)
    with pytest.raises(StateRefused):
        case.run(lambda context: volumes.accept(context, case.volume_id), "archivist")


CHANGES = [
    "UPDATE volumes SET title = 'x' WHERE id = :volume",
    "UPDATE volumes SET file_no = 'J001-YW·MS-2026-Y-0009' WHERE id = :volume",
    "UPDATE volumes SET file_no = NULL WHERE id = :volume",
    "UPDATE volumes SET client_name = 'x' WHERE id = :volume",
    "UPDATE volumes SET pages = 99 WHERE id = :volume",
    "UPDATE volumes SET closed_on = NULL WHERE id = :volume",
    "UPDATE volumes SET package_sha256 = :zeros WHERE id = :volume",
    "UPDATE volumes SET state = 'COLLECTING' WHERE id = :volume",
    "DELETE FROM volumes WHERE id = :volume",
    "UPDATE volume_pieces SET title = 'x' WHERE volume_id = :volume",
    "DELETE FROM volume_pieces WHERE volume_id = :volume",
    "INSERT INTO volume_pieces SELECT volume_id, 0, document_id, slot, slot_number, title, doc_no, author, dated_on, page_from,"
    " page_to, form, remark, sha256 FROM volume_pieces WHERE volume_id = :volume AND number = 1",
    "UPDATE volume_descriptions SET author = 'x' WHERE document_id = :document",
    "DELETE FROM volume_descriptions WHERE document_id = :document",
    "UPDATE volume_absences SET reason = 'x' WHERE volume_id = :volume",
    "DELETE FROM volume_absences WHERE volume_id = :volume",
    "UPDATE documents SET title = 'x' WHERE id = :document",
    "UPDATE documents SET sha256 = :zeros WHERE id = :document",
    "UPDATE documents SET superseded_by = 'x' WHERE id = :document",
    "DELETE FROM documents WHERE id = :document",
    "UPDATE blobs SET size = 1 WHERE sha256 = :sha256",
    "DELETE FROM blobs WHERE sha256 = :sha256",
    "UPDATE volume_checks SET passed = (1 = 0) WHERE volume_id = :volume",
    "DELETE FROM volume_checks WHERE volume_id = :volume",
    "UPDATE package_parts SET sha256 = :zeros WHERE volume_id = :volume",
    "DELETE FROM package_parts WHERE volume_id = :volume",
]


@pytest.mark.requirement("A11", "A24")
def test_nothing_archived_is_changed_by_plain_sql(archived):
    """G7, gone round with SQL."""
    with archived.firm.reading() as session:
        piece = volume_contents.list_pieces(session, archived.volume_id)[0]
    known = {"volume": archived.volume_id, "document": piece.document_id, "sha256": piece.sha256, "zeros": "0" * 64}
    done = []
    for change in CHANGES:
        try:
            sql(archived, change, **{name: value for name, value in known.items() if f":{name}" in change})
            done.append(change)
        except DBAPIError as refused:
            assert any(guard in str(refused) for guard in ("G6", "G7", "G8")), refused
    assert done == []


def test_what_may_still_change_of_an_archived_volume_does(archived):
    for change in ("level = '秘密'", "location = '库房二'", "remarks = remarks || '2027年补充1件'", "retention_reason = 'x'"):
        sql(archived, f"UPDATE volumes SET {change} WHERE id = :id", id=archived.volume_id)
    assert archived.volume().remarks.endswith("2027年补充1件")
    with pytest.raises(DBAPIError):
        sql(archived, "UPDATE volumes SET remarks = '别的' WHERE id = :id", id=archived.volume_id)


@pytest.mark.requirement("A24")
def test_the_records_refuse_too(archived):
    """G7, gone round with the record functions."""
    with archived.firm.reading() as session:
        piece = volume_contents.list_pieces(session, archived.volume_id)[0]

    def put(context):
        volume_contents.add_to_slot(context, archived.volume_id, piece.document_id, slot=piece.slot)

    for action, refusal in (
        (put, volume_contents.VolumeLocked),
        (lambda context: volume_contents.arrange(context, archived.volume_id), volume_contents.VolumeLocked),
        (lambda context: volume_contents.exclude(context, archived.volume_id, piece.document_id, "x"), volume_contents.VolumeLocked),
        (lambda context: documents.supersede(context, piece.document_id, "x"), documents.DocumentArchived),
        (lambda context: documents.place_document(context, piece.document_id, slot="survey"), documents.DocumentArchived),
        (lambda context: volumes.accept(context, archived.volume_id), StateRefused),
        (lambda context: volumes.send_back(context, archived.volume_id, "x"), StateRefused),
    ):
        with pytest.raises(refusal):
            archived.run(action, "archivist")


def test_a_new_letter_leaves_the_archived_one_and_comes_beside_it(archived):
    with archived.firm.reading() as session:
        piece = volume_contents.list_pieces(session, archived.volume_id)[0]

    def write(context):
        made = documents.add_document(
            context, lead_id=archived.lead_id, kind="x", title="新件", media_type=documents.PDF, content=b"%PDF-new",
        )  # fmt: skip
        documents.supersede_earlier(context, made)

    archived.run(write)
    with archived.firm.reading() as session:
        assert documents.get_document(session, piece.document_id).superseded_by is None


@pytest.mark.requirement("A10", "A11")
def test_one_volume_one_number_and_the_next_has_the_next(archived):
    assert archived.volume().file_no == "J001-YW·MS-2026-Y-0001"
    other = type(archived)(archived.firm)
    other.open_matter()
    other.until_check()
    other.do("archivist", "Task_Check", ACCEPT)
    assert other.volume().file_no == "J001-YW·MS-2026-Y-0002"
