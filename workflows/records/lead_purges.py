"""Purges (清除): what a lead that never became a matter leaves behind once nobody needs its facts any more.

Personal Information Protection Law (个人信息保护法) art. 19 and 47: kept no longer than the purpose needs, then deleted. The
conflict index keeps the names with role and date, because the firm must recognise them for good (律师法 art. 39); the conflict
check, a waiver and the file of a due diligence keep their own periods and stay.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine.context import Context
from engine.errors import StateRefused
from workflows.records import leads, legal_holds
from workflows.records.acceptance_votes import AcceptanceVoteRow
from workflows.records.acceptances import AcceptanceOpinionRow, AcceptanceRow
from workflows.records.assessments import AssessmentRow
from workflows.records.client_signatures import ClientSignatureRow
from workflows.records.clients import ClientRow
from workflows.records.communications import CommunicationRow
from workflows.records.declines import DeclineRow
from workflows.records.document_texts import DocumentTextRow
from workflows.records.documents import BlobRow, DocumentRow
from workflows.records.expectations import ExpectationRow
from workflows.records.leads import Lead
from workflows.records.links import LinkRow
from workflows.records.mails import MailRow
from workflows.records.matters import find_matter_by_lead
from workflows.records.originals import CustodyReceiptRow, OriginalRow, list_held
from workflows.records.parties import PartyRow
from workflows.records.party_relations import PartyRelationRow
from workflows.records.rule_packs import get_rule

# Declined leads, and lapsed ones of which the names were kept.
PURGEABLE = frozenset({"DECLINED", "LAPSED"})


def purge_on(declined_on: date) -> date:
    """The day from which the facts of a declined lead are to be gone."""
    months = int(get_rule("declines", "purge_months", declined_on).value)
    year, month = divmod(declined_on.year * 12 + declined_on.month - 1 + months, 12)
    return date(year, month + 1, min(declined_on.day, monthrange(year, month + 1)[1]))


def find_obstacle(session: Session, lead: Lead) -> str:
    """Why a lead's facts may not be deleted; empty when nothing speaks against it."""
    if find_matter_by_lead(session, lead.id) is not None:
        return "the lead became a matter"
    if legal_holds.is_on_hold(session, lead.id):
        return "a legal hold keeps it"
    if list_held(session, lead.id):
        return "originals of the client are still held"
    return "" if lead.state in PURGEABLE else "the lead is still open"


def purge_facts(context: Context, lead_id: str) -> None:
    """Delete a lead's facts for good. Raises ``StateRefused`` while somebody needs them."""
    session = context.session
    lead = leads.get_lead(session, lead_id)
    obstacle = find_obstacle(session, lead)
    if obstacle:
        raise StateRefused(what=lead.lead_no, old=lead.state, new="PURGED", reason=obstacle)
    _delete_papers(session, lead_id)
    _delete_reviews(session, lead_id)
    for table in (CommunicationRow, MailRow, LinkRow, ClientSignatureRow, DocumentTextRow, OriginalRow, CustodyReceiptRow):
        session.execute(delete(table).where(table.lead_id == lead_id).execution_options(synchronize_session=False))
    bare(context, lead)
    decline = session.scalar(select(DeclineRow).where(DeclineRow.lead_id == lead_id))
    if decline is not None:
        decline.letter, decline.delivery, decline.comment = {}, {}, ""
    session.flush()
    session.expire_all()
    instances = context.forget_instances(lead_id, *filter(None, [lead.instance_id]))
    context.audit("lead_facts_purged", f"lead:{lead_id}", lead_no=lead.lead_no, instances=instances)


def bare(context: Context, lead: Lead) -> None:
    """Take from a lead, its parties and its client whatever the conflict index does not need: names and roles stay."""
    _bare_parties(context.session, lead.id)
    _bare_client(context.session, lead)
    lead.reception, lead.client, lead.outline, lead.phone = {}, {}, {}, ""


def _delete_papers(session: Session, lead_id: str) -> None:
    """The documents of a lead, and the bytes that no other document shares."""
    hashes = set(session.scalars(select(DocumentRow.sha256).where(DocumentRow.lead_id == lead_id)))
    session.execute(delete(DocumentRow).where(DocumentRow.lead_id == lead_id).execution_options(synchronize_session=False))
    shared = set(session.scalars(select(DocumentRow.sha256).where(DocumentRow.sha256.in_(hashes))))
    session.execute(delete(BlobRow).where(BlobRow.sha256.in_(hashes - shared)).execution_options(synchronize_session=False))


def _delete_reviews(session: Session, lead_id: str) -> None:
    rounds = select(AcceptanceRow.id).where(AcceptanceRow.lead_id == lead_id).scalar_subquery()
    for table in (AcceptanceVoteRow, AcceptanceOpinionRow):
        session.execute(delete(table).where(table.acceptance_id.in_(rounds)).execution_options(synchronize_session=False))
    for each in (AcceptanceRow, AssessmentRow, ExpectationRow):
        session.execute(delete(each).where(each.lead_id == lead_id).execution_options(synchronize_session=False))


def _bare_parties(session: Session, lead_id: str) -> None:
    """Parties and relations keep name and role; the conflict index has an identifier only as a keyed hash."""
    bare_party = update(PartyRow).where(PartyRow.lead_id == lead_id).values(identifier="", phone="", details={})
    related = update(PartyRelationRow).where(PartyRelationRow.lead_id == lead_id)
    for change in (bare_party, related.values(near_identifier="", far_identifier="")):
        session.execute(change.execution_options(synchronize_session=False))


def _bare_client(session: Session, lead: Lead) -> None:
    """The client's facts go with the last lead that needs them."""
    if lead.client_id is None:
        return
    others = session.scalars(select(Lead).where(Lead.client_id == lead.client_id, Lead.id != lead.id))
    client = session.get(ClientRow, lead.client_id)
    if client is not None and not any(other.client for other in others):
        client.facts = {}
