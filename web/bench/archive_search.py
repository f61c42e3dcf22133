"""The search over the archive measured over many catalogue lines, beside a plain scan (LIKE) in the same run.

The lines are of volumes as a firm has them: titles of a few dozen kinds of paper, names, numbers, courts. Terms of one to
eight characters are asked as the archivist and as a lawyer with a hundredth of the volumes; a page of twenty with its counts.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, or_, select, text

from engine import SYSTEM, Actor, Engine, FrozenClock, Registry, RunOperation, open_engine
from web.bench.names import Source
from workflows.handlers import index_archive
from workflows.migrations import upgrade
from workflows.records import archive_search
from workflows.records.documents import BlobRow, DocumentRow
from workflows.records.matters import MatterMemberRow, MatterRow
from workflows.records.volume_access import visible_to
from workflows.records.volume_contents import PieceRow
from workflows.records.volumes import VolumeRow

EACH, PORTION = 25, 200  # lines of a volume, volumes of a portion
AT = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
PAPERS = (
    "民事起诉状", "民事答辩状", "授权委托书", "律师事务所函", "委托代理合同", "证据目录", "证据材料", "财产保全申请书", "财产保全裁定书", "传票",
    "出庭通知书", "开庭笔录", "谈话笔录", "代理词", "民事判决书", "民事裁定书", "民事调解书", "送达回证", "上诉状", "执行申请书", "办案小结",
    "利益冲突审查表", "收费凭证", "风险告知书", "办案服务质量监督卡",
)  # fmt: skip
CAUSES = (
    "买卖合同纠纷",
    "租赁合同纠纷",
    "股权转让纠纷",
    "劳动争议",
    "民间借贷纠纷",
    "建设工程施工合同纠纷",
    "离婚纠纷",
    "侵权责任纠纷",
)
ARCHIVIST = Actor("bench-archivist", "档案管理员", frozenset({"archivist"}))
LAWYER = Actor("bench-lawyer", "律师", frozenset({"lawyer"}))


def fill(engine: Engine, lines: int) -> list[str]:
    """Write volumes with so many lines and index them; returns names to ask for."""
    source, draw = Source(20261125), random.Random(8)  # noqa: S311 - the same archive every time
    names: list[str] = []
    with engine.database.begin() as connection:
        connection.execute(insert(BlobRow), [{"sha256": "0" * 64, "size": 1, "content": b"x"}])
        for start in range(0, lines // EACH, PORTION):
            volumes, documents, pieces, matters, members = [], [], [], [], []
            for number in range(start, min(start + PORTION, lines // EACH)):
                one, other, cause = source.firm().name, source.firm().name, draw.choice(CAUSES)
                names += [one, other]
                volume = _volume(number, one, other, cause)
                volumes.append(volume)
                matters.append(_matter(volume, number))
                if number % 100 == 0:
                    members.append({"matter_id": volume["matter_id"], "person_id": LAWYER.id, "part": "lead"})
                for line in range(1, EACH + 1):
                    document, piece = _line(volume, line, draw)
                    documents.append(document)
                    pieces.append(piece)
            connection.execute(insert(VolumeRow), volumes)
            connection.execute(insert(DocumentRow), documents)
            connection.execute(insert(MatterRow), matters)
            connection.execute(insert(PieceRow), pieces)
            if members:
                connection.execute(insert(MatterMemberRow), members)
    return names


def _volume(number: int, one: str, other: str, cause: str) -> dict[str, Any]:
    year = 1998 + number % 28
    return {
        "id": uuid4().hex, "matter_id": uuid4().hex, "lead_id": uuid4().hex, "series": 1, "matter_type": "civil", "client_name": one,
        "title": f"{one}与{other}{cause}", "state": "STORED", "opened_at": AT, "closed_on": date(year, 6, 1), "close_reason": "",
        "reminders": 0, "returns": 0, "remarks": "", "cover": {"cause": cause, "case_no": f"（{year}）示01民初{number}号"},
        "file_no": f"0001-YW·MS-{year}-C-{number:04d}", "retention_code": "C", "retention_years": 20, "retention_reason": "",
        "pieces": EACH, "pages": 4 * EACH, "location": f"一号库 {number // 500}架 {number // 20}盒", "level": "内部",
    }  # fmt: skip


def _matter(volume: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "id": volume["matter_id"], "lead_id": volume["lead_id"], "client_id": uuid4().hex, "contract_id": "",
        "matter_no": f"（{volume['closed_on'].year}）民字第{number}号", "matter_type": "civil", "title": volume["title"],
        "state": "ARCHIVED", "lawyer_id": LAWYER.id, "security_level": "internal", "plan": {}, "opened_at": AT,
    }  # fmt: skip


def _line(volume: dict[str, Any], line: int, draw: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    title = f"{draw.choice(PAPERS)}（{draw.randint(1, 30)}）"
    document = {
        "id": uuid4().hex, "lead_id": volume["lead_id"], "kind": "scan", "title": title, "media_type": "application/pdf", "size": 1,
        "sha256": "0" * 64, "source": "upload", "created_at": AT, "created_by": "bench", "created_by_name": "bench",
    }  # fmt: skip
    piece = {
        "volume_id": volume["id"], "number": line, "document_id": document["id"], "slot": "", "slot_number": "1", "title": title,
        "doc_no": volume["cover"]["case_no"], "author": "示范市人民法院", "dated_on": date(2020, 1, 1), "page_from": line * 4 - 3,
        "page_to": line * 4, "form": "copy", "remark": "", "sha256": "0" * 64,
    }  # fmt: skip
    return document, piece


def make_terms(names: list[str]) -> list[str]:
    """What people ask for: one character to a whole name, numbers, two words, and what is not there."""
    draw = random.Random(3)  # noqa: S311 - the same questions every time
    asked = [draw.choice(names) for _ in range(40)]
    asked += [name[at : at + 2] for name in draw.sample(names, 20) for at in (2,)]
    asked += [name[2:4] + draw.choice(CAUSES)[:2] for name in draw.sample(names, 10)]
    asked += [f"{draw.choice(names)[:4]} {draw.choice(CAUSES)}" for _ in range(20)]
    asked += ["诉", "书", "函", "公司", "起诉", "判决书", "合同纠纷", "财产保全", "质量监督卡", "代理词 12", "劳动争议"]
    asked += [f"示01民初{draw.randint(1, 4000)}号" for _ in range(20)] + [
        f"2012-C-{draw.randint(1, 4000):04d}" for _ in range(10)
    ]
    return [*asked, "这里没有的字", "XYZ-2099"]


def measure(engine: Engine, terms: list[str], ask: Callable[[Any, str], Any]) -> dict[str, float]:
    """Milliseconds over all questions."""
    spans, works = [], []
    for term in terms:
        begin, worked = time.perf_counter(), time.process_time()
        with engine.reading() as session:
            ask(session, term)
        spans.append((time.perf_counter() - begin) * 1000)
        works.append((time.process_time() - worked) * 1000)
    cuts = statistics.quantiles(spans, n=20)
    return {
        "p50_ms": round(statistics.median(spans), 2),
        "p95_ms": round(cuts[-1], 2),
        "max_ms": round(max(spans), 2),
        "p95_cpu_ms": round(statistics.quantiles(works, n=20)[-1], 2),  # of this process alone
    }


def ask_search(viewer: Actor) -> Callable[[Any, str], Any]:
    """A page of the search as somebody."""
    return lambda session, term: archive_search.search(session, term, viewer)


def ask_scan(session: Any, term: str) -> Any:
    """The peer: the newest twenty lines and volumes by LIKE, as registers without an index are searched."""
    lines = select(PieceRow.title).join(VolumeRow, VolumeRow.id == PieceRow.volume_id).where(visible_to(session, ARCHIVIST))
    shelf = select(VolumeRow.title).where(visible_to(session, ARCHIVIST))
    for word in term.split():
        lines = lines.where(or_(*(each.contains(word, autoescape=True) for each in (PieceRow.title, PieceRow.doc_no))))
        shelf = shelf.where(or_(*(each.contains(word, autoescape=True) for each in (VolumeRow.title, VolumeRow.file_no))))
    found = session.execute(shelf.order_by(VolumeRow.id.desc()).limit(20)).all()
    return found + session.execute(lines.order_by(PieceRow.volume_id.desc()).limit(20)).all()


def run(lines: int = 100_000, database_url: str = "") -> dict[str, Any]:
    """Fill a database, ask, and say what it took; on SQLite in a file of its own unless an empty database is given."""
    with tempfile.TemporaryDirectory() as folder:
        url = database_url or f"sqlite:///{Path(folder) / 'archive.db'}"
        registry = Registry()
        registry.add(index_archive.HANDLERS)
        upgrade(url)
        engine = open_engine(url, clock=FrozenClock(AT), registry=registry, lane_roles={}, checks={}, tools={})
        names = fill(engine, lines)
        begin = time.perf_counter()
        engine.run(RunOperation("archive.reindex"), SYSTEM)
        seconds = time.perf_counter() - begin
        if engine.database.dialect.name == "postgresql":
            with engine.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        terms = make_terms(names)
        figures = {
            "lines": lines, "questions": len(terms), "database": engine.database.dialect.name, "index_seconds": round(seconds, 1),
            "archivist": measure(engine, terms, ask_search(ARCHIVIST)), "lawyer": measure(engine, terms, ask_search(LAWYER)),
            "peer_like_scan": measure(engine, terms, ask_scan),
        }  # fmt: skip
        engine.close()
        return figures
