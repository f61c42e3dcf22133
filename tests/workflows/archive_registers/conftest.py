"""A firm whose old closed volumes were brought in, and a way to write into them."""

from __future__ import annotations

import base64
import csv
import io
from datetime import date

import pytest

from engine import SYSTEM, RunOperation
from tests.workflows.casework import Case
from tests.workflows.small_firm import open_small_firm
from workflows import importing
from workflows.records import documents, volumes
from workflows.records.import_tables import VOLUMES
from workflows.records.volume_contents import PieceRow

HEADINGS = ("档号", "题名", "委托人", "结案日期", "案由", "承办律师", "保管期限", "位置", "密级", "归档日期")
OLD = (
    ("2019民诉档-0001", "甲公司与乙公司租赁合同纠纷", "甲公司", "2019-08-30", "租赁合同纠纷", "lawyer1", "长期", "一号库 A架 1盒", "内部"),
    ("2019民诉档-0002", "丙公司股权转让纠纷", "丙公司", "2019-09-30", "股权转让纠纷", "lawyer2", "永久", "", "机密"),
    ("2020刑辩档-0001", "王小五诈骗案", "王小五", "2020-01-05", "诈骗罪", "老律师", "10年", "一号库 A架 1盒", "绝密"),
)  # fmt: skip


class Archive(Case):
    """The archive of a firm, with volumes known by their numbers."""

    def bring(self, *rows: tuple[str, ...]) -> dict[str, str]:
        """Import rows of old volumes; the ids by number."""
        out = io.StringIO()
        csv.writer(out).writerows([HEADINGS, *rows])
        content = base64.b64encode(out.getvalue().encode()).decode()
        given = {"file_name": "案卷.csv", "content": content, "kind": VOLUMES}
        import_id = self.firm.run(RunOperation("imports.upload", given), SYSTEM)["import_id"]
        importing.check(self.firm, import_id)
        self.firm.run(RunOperation("imports.accept", {"import_id": import_id}), SYSTEM)
        importing.write(self.firm, import_id)
        with self.firm.reading() as session:
            return {str(each.file_no): each.id for each in volumes.list_volumes(session) if each.file_no}

    def add_line(self, volume_id: str, number: int, title: str, *, slot: str = "", text: str = "") -> str:
        """A document as a line of a volume's catalogue; the id of the document."""

        def write(context):
            volume = volumes.get_volume(context.session, volume_id)
            content = (text or title).encode()
            added = documents.add_document(
                context, lead_id=volume.lead_id, kind="scan", title=title, slot=slot or None, media_type=documents.TEXT,
                content=content, source="upload",
            )  # fmt: skip
            context.session.add(
                PieceRow(
                    volume_id=volume_id, number=number, document_id=added.id, slot=slot, slot_number="1", title=title, doc_no="",
                    author="", dated_on=date(2019, 8, 1), page_from=number, page_to=number, form="copy", remark="",
                    sha256=added.sha256,
                )
            )  # fmt: skip
            return added.id

        return self.run(write)


@pytest.fixture
def archive(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path)
    yield Archive(engine)
    engine.database.dispose()


@pytest.fixture
def old(archive):
    """Three old volumes by number."""
    return archive.bring(*OLD)
