"""Applying for volumes: who may ask for which, what stands against it, and the number each application gets.

Whoever asks for a volume that is walled off from them, that holds state secrets or that does not exist hears the same:
not available (guard G9). Everything else that stands against an application is said in the letter that refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.access import identities
from engine.clock import FIRM_ZONE
from engine.context import Actor, Context
from engine.db import new_id
from engine.errors import JuanzongError, NotAllowed
from workflows.records import documents, legal_holds, loan_words, matters, parties, people, volumes, walls
from workflows.records import volume_loans as loans
from workflows.records.documents import DocumentRow
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule
from workflows.records.volume_loans import Loan, LoanRow
from workflows.records.volumes import Volume, VolumeRow

#: who takes in the applications of people from outside
DESK_ROLES = frozenset({"desk", "archivist"})
#: in these states a volume can be asked for; on loan it can be waited for
LENDABLE = frozenset({volumes.STORED, volumes.ON_LOAN})
JOINT = "共同委托人"
#: uploads that people from outside show
PAPERS = ("letter", "identity", "authority")


class LoanUnavailable(JuanzongError):
    """“{volume}” is not available."""


class LoanIncomplete(JuanzongError):
    """The application lacks something: {what}."""


def find_lendable(session: Session, wanted: str, viewer: Actor, borrower_id: str | None = None) -> Volume | None:
    """The volume of an id or a file number, if it can be asked for by somebody; nothing tells why it cannot."""
    row = session.scalar(select(VolumeRow).where((VolumeRow.id == wanted) | (VolumeRow.file_no == wanted)))
    if row is None or row.state not in LENDABLE or row.level == volumes.STATE_SECRET:
        return None
    behind = walls.find_kept_away(session, row.lead_id)
    people_asking = identities(viewer) | ({borrower_id} if borrower_id else set())
    return None if not behind.isdisjoint(people_asking) else volumes.get_volume(session, row.id)


def find_kind(session: Session, volume: Volume, person_id: str) -> str:
    """How near somebody of the firm is to a volume's case."""
    matter = matters.get_matter(session, volume.matter_id)
    if matter.lawyer_id == person_id:
        return loans.OWN
    return loans.TEAM if person_id in matters.list_members(session, matter.id) else loans.FIRM


def apply(context: Context, volume_ids: Sequence[str], form: Mapping[str, Any]) -> list[Loan]:
    """Apply for volumes, each under its own number, as each goes its own way; all of them or none.

    Raises ``LoanUnavailable``, ``LoanIncomplete`` and ``NotAllowed``.
    """
    if not volume_ids:
        raise LoanIncomplete(what="a volume")
    outside = str(form.get("kind") or "self")
    if context.actor.kind == "link" or (outside != "self" and not context.actor.roles & DESK_ROLES):
        raise NotAllowed(reason="the front desk takes in the applications of people from outside")
    if outside != "self":
        _check_papers(outside, form)
    if form["until_on"] < form["from_on"]:
        raise LoanIncomplete(what="a period that ends after it begins")
    if not str(form.get("purpose") or "").strip():
        raise LoanIncomplete(what="the purpose")
    found = []
    for wanted in dict.fromkeys(volume_ids):
        volume = find_lendable(context.session, wanted, context.actor)
        if volume is None:
            raise LoanUnavailable(volume=wanted)
        found.append(volume)
    made = [_enter(context, volume, outside, form) for volume in found]
    for place, loan in enumerate(made):
        _file_papers(context, loan, is_first=place == 0)
    return made


def _file_papers(context: Context, loan: Loan, *, is_first: bool) -> None:
    """Put what was shown among the loan's own papers; the further loans of one application get copies."""
    given = dict(loan.given)
    for name in PAPERS:
        ids = []
        for document_id in given.get(name) or []:
            row = context.session.get(DocumentRow, document_id)
            if row is None or row.created_by != context.actor.id:
                raise LoanIncomplete(what="the papers that were shown")
            if is_first:
                row.lead_id = loan.id
                ids.append(document_id)
                continue
            content = documents.read_content(context.session, document_id)
            said = {"kind": row.kind, "title": row.title, "media_type": row.media_type, "source": row.source}
            ids.append(documents.add_document(context, lead_id=loan.id, content=content, **said).id)
        if ids:
            given[name] = ids
    loans.get_row(context.session, loan.id).given = given
    context.session.flush()


def _check_papers(kind: str, form: Mapping[str, Any]) -> None:
    """What people from outside have to show: a body its letter and two officers, a client their identity and authority."""
    if kind not in loan_words.KINDS or kind in loans.INSIDE:
        raise LoanIncomplete(what="who borrows")
    given = dict(form.get("given") or {})
    if kind in loans.OFFICIAL | {loans.UNIT} and not (form.get("organisation") and given.get("letter")):
        raise LoanIncomplete(what="the official letter")
    officers = [each for each in given.get("officers") or [] if each.get("name") and each.get("id_no")]
    if kind in loans.OFFICIAL and len(officers) < 2:
        raise LoanIncomplete(what="two officers with their identity papers")
    if kind == loans.CLIENT and not given.get("identity"):
        raise LoanIncomplete(what="the client's proof of identity")
    if kind == loans.CLIENT and given.get("by_agent") and not given.get("authority"):
        raise LoanIncomplete(what="the client's power of attorney")


def _enter(context: Context, volume: Volume, outside: str, form: Mapping[str, Any]) -> Loan:
    day = context.now.astimezone(FIRM_ZONE).date()
    is_own = outside == "self"
    row = LoanRow(
        id=new_id(),
        loan_no=get_rule("numbers", "loan_no", day).value.format(year=day.year, number=allocate(context, "loan", day.year)),
        volume_id=volume.id,
        lead_id=volume.lead_id,
        state=loans.APPLIED,
        kind=find_kind(context.session, volume, context.actor.id) if is_own else outside,
        mode=form["mode"],
        level=volume.level,
        borrower_id=context.actor.id if is_own else None,
        borrower_name=context.actor.name if is_own else str(form.get("borrower_name") or "").strip(),
        organisation="" if is_own else str(form.get("organisation") or "").strip(),
        contact="" if is_own else str(form.get("contact") or "").strip(),
        applied_at=context.now,
        applied_by=context.actor.id,
        applied_by_name=context.actor.name,
        purpose=form["purpose"],
        purpose_note=str(form.get("purpose_note") or "").strip(),
        pages=str(form.get("pages") or "").strip(),
        from_on=form["from_on"],
        until_on=form["until_on"],
        legal_deadline=form.get("legal_deadline"),
        given={} if is_own else dict(form.get("given") or {}),
        path=[],
        approvals=[],
        conditions=[],
        reason="",
        renewals=0,
        steps={},
    )
    context.session.add(row)
    context.session.flush()
    said = {"number": row.loan_no, "volume": volume.id, "level": volume.level, "mode": row.mode, "purpose": row.purpose}
    context.audit("loan.applied", f"loan:{row.id}", **said)
    return loans.read(row)


def find_obstacle(session: Session, loan: Loan, today: date) -> str:
    """What stands against a loan, in the words of the letter that refuses it; empty when nothing does."""
    volume = volumes.get_volume(session, loan.volume_id)
    behind = walls.find_kept_away(session, loan.lead_id)
    is_hidden = not behind.isdisjoint({loan.borrower_id, loan.applied_by})
    if is_hidden or volume.level == volumes.STATE_SECRET or volume.state not in LENDABLE:
        return "该案卷不可用"
    late = loans.list_overdue(session, loan.borrower_id, today) if loan.borrower_id else []
    if late:
        return f"借阅人有逾期未还的案卷：{'、'.join(each.loan_no for each in late)}，请先归还"
    for obstacle in (_of_mode(loan), _of_kind(session, loan, volume)):
        if obstacle:
            return obstacle
    return ""


def _of_mode(loan: Loan) -> str:
    if loan.level == volumes.CONFIDENTIAL and loan.mode != loans.ON_SITE:
        return "机密案卷只能现场查阅"
    if loan.mode == loans.ELECTRONIC and loan.kind not in loans.INSIDE:
        return "电子阅览只对本所人员开放，请改为现场查阅或者复制"
    return ""


def _of_kind(session: Session, loan: Loan, volume: Volume) -> str:
    if loan.kind == loans.UNIT and (loan.mode != loans.COPY or volume.level != volumes.INTERNAL):
        return "其他单位只能复制不涉密的部分"
    if loan.kind == loans.CLIENT and loan.mode == loans.ORIGINAL:
        return "委托人可以现场查阅或者复制，原卷不出借"
    if is_part_only(session, loan) and not loan.pages:
        return "本案有共同委托人，委托人只能查阅与本人有关的部分，请写明页码"
    if loan.mode == loans.ORIGINAL and loan.kind not in loans.OFFICIAL and legal_holds.is_on_hold(session, loan.lead_id):
        return "该案卷已被保全，原卷不出借，可以现场查阅或者复制"
    return ""


def is_part_only(session: Session, loan: Loan) -> bool:
    """Whether a client reads only what concerns themselves: others engaged the firm together with them."""
    if loan.kind != loans.CLIENT:
        return False
    found = parties.list_parties(session, loan.lead_id)
    joint = [each for each in found if each.role == parties.CLIENT or each.relation == JOINT]
    return len({each.name for each in joint}) > 1 or bool(loan.given.get("joint"))


def list_excluded(session: Session, loan: Loan) -> list[str]:
    """Who may not approve a loan: whoever borrows or applied, and everybody behind a wall around the case."""
    asking = {loan.applied_by, *([loan.borrower_id] if loan.borrower_id else [])}
    return sorted(asking | walls.find_kept_away(session, loan.lead_id))


def find_approver_role(session: Session, loan: Loan, step: str) -> tuple[str, str | None]:
    """The role and, for the lead lawyer, the person that hears an application at a step.

    When everybody of a role is excluded or gone, a partner or the director decides in their place.
    """
    out = set(list_excluded(session, loan))
    if step == "lead":
        lawyer_id = matters.get_matter(session, volumes.get_volume(session, loan.volume_id).matter_id).lawyer_id
        if lawyer_id and lawyer_id not in out and people.find_person(session, lawyer_id) is not None:
            return "lead", lawyer_id
        step = "partner"
    for role in (step, "director", "partner"):
        if any(person.id not in out for person in people.list_people(session, role)):
            return role, None
    return "director", None
