"""Mails about deadlines: to who holds one, and to partners and directors; nobody behind a wall gets any."""

from __future__ import annotations

from collections.abc import Iterable

from engine.context import Context
from workflows.records import client_mail, matters, people, walls
from workflows.records.deadlines import Deadline
from workflows.records.leads import get_lead


def describe_case(context: Context, deadline: Deadline) -> str:
    """The case in one line: its number and title."""
    matter = matters.find_matter_by_lead(context.session, deadline.lead_id)
    if matter is not None:
        return f"“{matter.title}”（{matter.matter_no}）"
    lead = get_lead(context.session, deadline.lead_id)
    return f"“{lead.client_name}”（{lead.lead_no}）"


def mail_holders(context: Context, deadline: Deadline, *, subject: str, body: str) -> int:
    """Owe a mail to the responsible lawyer and the backup."""
    return _mail(context, deadline, (deadline.responsible_id, deadline.backup_id), subject, body)


def mail_leaders(context: Context, deadline: Deadline, roles: Iterable[str], *, subject: str, body: str) -> int:
    """Owe a mail to everybody with one of some roles."""
    found = [person.id for role in roles for person in people.list_people(context.session, role)]
    return _mail(context, deadline, dict.fromkeys(found), subject, body)


def _mail(context: Context, deadline: Deadline, ids: Iterable[str | None], subject: str, body: str) -> int:
    day = deadline.due_on.isoformat() if deadline.due_on else "待定"
    text = f"案件：{describe_case(context, deadline)}\n期限：{deadline.title}，届满日{day}\n\n{body}"
    sent = 0
    for person_id in ids:
        person = people.find_person(context.session, person_id) if person_id else None
        if person is None or walls.keeps_out(context.session, deadline.lead_id, people.person_actor(person)):
            continue
        sent += client_mail.mail_person(
            context, person_id=person.id, subject=f"{subject}：{deadline.title}（{day}届满）", body=text, lead_id=deadline.lead_id
        )
    return sent
