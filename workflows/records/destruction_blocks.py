"""What keeps a volume from destruction (G8): one check for each reason, all asked whenever a volume is listed, decided, erased.

A day is given: the list of a year is made as of its end, an execution as of today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, event, inspect, select
from sqlalchemy.orm import Mapper, Session

from engine.errors import JuanzongError
from workflows.records import complaints, fees, legal_holds, retention_floors, volume_loans, volumes, walls
from workflows.records.legal_holds import LegalHoldRow
from workflows.records.volumes import Volume, VolumeRow

PERM, NOT_DUE, LOAN, HOLD, COMPLAINT, FEES = "PERM", "NOT_DUE", "LOAN", "HOLD", "COMPLAINT", "FEES"
AML10, ACCT, PIPL_REQ_OPEN, CONTRACT, WALL_REVIEW = "AML10", "ACCT", "PIPL_REQ_OPEN", "CONTRACT", "WALL_REVIEW"
WORDS: Mapping[str, str] = {
    PERM: "永久保管",
    NOT_DUE: "保管期限未届满",
    LOAN: "正在借阅、已批准借阅或者在阅览",
    HOLD: "证据保全（诉讼、投诉、调查、审计）",
    COMPLAINT: "投诉未办结，或者投诉、保险事故的最低年限未满",
    FEES: "费用未结清",
    AML10: "反洗钱资料最低年限未满",
    ACCT: "会计凭证、发票最低年限未满",
    PIPL_REQ_OPEN: "个人信息权利请求尚未办结",
    CONTRACT: "合同约定的保管年限未满",
    WALL_REVIEW: "信息隔离仍在生效，需先复核",
}
_BY_FLOOR: Mapping[str, tuple[str, ...]] = {
    AML10: (retention_floors.AML,),
    ACCT: (retention_floors.ACCOUNTING, retention_floors.INVOICE),
    CONTRACT: (retention_floors.CONTRACT,),
    COMPLAINT: (retention_floors.COMPLAINT, retention_floors.INSURANCE),
}


class Kept(JuanzongError):
    """“{title}” may not be destroyed: {reasons}"""


@dataclass(frozen=True)
class Block:
    """One reason why a volume stays; ``until`` is known where it ends by itself."""

    code: str
    detail: str = ""
    until: date | None = None

    @property
    def words(self) -> str:
        """The reason as people read it."""
        end = f"（至{self.until.isoformat()}）" if self.until else ""
        return f"{WORDS[self.code]}{end}{'：' + self.detail if self.detail else ''}"


Check = Callable[[Session, Volume, date], Block | None]


def permanent(_session: Session, volume: Volume, _on: date) -> Block | None:
    """Kept for good."""
    return Block(PERM) if volume.retention_code == volumes.PERMANENT else None


def not_due(_session: Session, volume: Volume, on: date) -> Block | None:
    """The period runs until the end of its last day; without a period nothing is due."""
    if volume.retention_code == volumes.PERMANENT:
        return None
    is_over = volume.expires_on is not None and volume.expires_on < on
    return None if is_over else Block(NOT_DUE, until=volume.expires_on)


def on_loan(session: Session, volume: Volume, _on: date) -> Block | None:
    """Somebody has it, waits for it or reads it."""
    is_out = volume.state == volumes.ON_LOAN or volume_loans.has_open_loan(session, volume.id)
    return Block(LOAN) if is_out else None


def on_hold(session: Session, volume: Volume, _on: date) -> Block | None:
    """A legal hold on the case or the volume."""
    return Block(HOLD) if legal_holds.keeps_volume(session, volume.lead_id, volume.id) else None


def complained_of(session: Session, volume: Volume, on: date) -> Block | None:
    """An open complaint, or the years after one."""
    if complaints.list_open(session, volume.lead_id):
        return Block(COMPLAINT, "投诉办理中")
    return _floor(session, volume, on, COMPLAINT)


def unpaid(session: Session, volume: Volume, _on: date) -> Block | None:
    """Money is owed on the case."""
    return Block(FEES) if fees.list_open_items(session, volume.lead_id) else None


def laundering_records(session: Session, volume: Volume, on: date) -> Block | None:
    """Identity and transaction records under the Anti-Money Laundering Law."""
    return _floor(session, volume, on, AML10)


def accounts(session: Session, volume: Volume, on: date) -> Block | None:
    """Vouchers and invoices."""
    return _floor(session, volume, on, ACCT)


def agreed(session: Session, volume: Volume, on: date) -> Block | None:
    """What the engagement contract promises."""
    return _floor(session, volume, on, CONTRACT)


def walled(session: Session, volume: Volume, _on: date) -> Block | None:
    """A wall that nobody has lifted after its review."""
    standing = [wall for wall in walls.list_walls(session, lead_id=volume.lead_id) if wall.state != "LIFTED"]
    return Block(WALL_REVIEW) if standing else None


def asked_by_person(session: Session, volume: Volume, _on: date) -> Block | None:
    """A request about personal data that is not answered yet (个人信息保护法 art. 44 to 50)."""
    is_open = any(find(session, volume.lead_id) for find in OPEN_REQUESTS)
    return Block(PIPL_REQ_OPEN) if is_open else None


#: Whoever keeps requests about personal data adds here how to find an open one of a case file.
OPEN_REQUESTS: list[Callable[[Session, str], bool]] = []
CHECKS: tuple[Check, ...] = (
    permanent,
    not_due,
    on_loan,
    on_hold,
    complained_of,
    unpaid,
    laundering_records,
    accounts,
    asked_by_person,
    agreed,
    walled,
)


def list_blocks(session: Session, volume: Volume, on: date) -> list[Block]:
    """Every reason why a volume may not be destroyed on a day; none: it may."""
    return [block for check in CHECKS if (block := check(session, volume, on)) is not None]


def check_free(session: Session, volume: Volume, on: date) -> None:
    """Raise ``Kept`` with every reason while something keeps a volume."""
    blocks = list_blocks(session, volume, on)
    if blocks:
        raise Kept(title=volume.title, reasons="；".join(block.words for block in blocks))


def _floor(session: Session, volume: Volume, on: date, code: str) -> Block | None:
    for floor in retention_floors.list_floors(session, volume):
        if floor.kind in _BY_FLOOR[code] and floor.until >= on:
            return Block(code, floor.basis, floor.until)
    return None


def _refuse(mapper: Mapper[Any], connection: Connection, target: VolumeRow) -> None:
    """Stop whoever writes that a volume is destroyed while its period runs or a hold keeps it, from wherever it comes."""
    if not inspect(target).attrs.state.history.has_changes() or target.state != volumes.DESTROYED:
        return
    keeps = (LegalHoldRow.volume_id.is_(None)) | (LegalHoldRow.volume_id == target.id)
    held = select(LegalHoldRow.id).where(LegalHoldRow.lead_id == target.lead_id, LegalHoldRow.lifted_at.is_(None), keeps)
    if connection.scalar(held.limit(1)):
        raise Kept(title=target.title, reasons=WORDS[HOLD])
    if target.expires_on is None:
        raise Kept(title=target.title, reasons=WORDS[PERM])
    last = max(target.expires_on, target.keep_until or target.expires_on)
    if target.destroyed_on is None or target.destroyed_on <= last:
        raise Kept(title=target.title, reasons=WORDS[NOT_DUE])


event.listen(VolumeRow, "before_update", _refuse)
