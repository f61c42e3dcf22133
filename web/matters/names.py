"""What the stored keys of a case file are called on the screen."""

from __future__ import annotations

from web.i18n import translate as _


def type_name(matter_type: str) -> str:
    """A kind of business in the reader's language."""
    names = {
        "civil": _("Civil"),
        "criminal": _("Criminal"),
        "administrative": _("Administrative"),
        "arbitration": _("Arbitration"),
        "enforcement": _("Enforcement"),
        "nonlitigation": _("Non-litigation"),
        "special": _("Special project"),
        "adviser": _("Retained adviser"),
        "consultation": _("Consultation"),
    }
    return names.get(matter_type, "")


MATTER_STATES = ("OPENING", "ACTIVE", "SUSPENDED", "CLOSING", "CLOSED", "FILED", "ARCHIVED")
LEAD_STATES = ("NEW", "SCREENING", "CONFLICT", "ASSESS", "NEGOTIATE", "APPROVED", "DECLINED", "LAPSED")


def state_name(state: str) -> str:
    """The state of a lead or a matter in the reader's language."""
    names = {
        "NEW": _("Just registered"),
        "SCREENING": _("Facts being collected"),
        "CONFLICT": _("Conflict check"),
        "ASSESS": _("Being assessed"),
        "NEGOTIATE": _("Negotiating"),
        "APPROVED": _("Acceptance approved"),
        "CONVERTED": _("Matter opened"),
        "DECLINED": _("Declined"),
        "LAPSED": _("Lapsed"),
        "OPENING": _("Being opened"),
        "ACTIVE": _("Active"),
        "SUSPENDED": _("Suspended"),
        "CLOSING": _("Closing"),
        "CLOSED": _("Closed"),
        "FILED": _("Handed in for filing"),
        "ARCHIVED": _("Archived"),
    }
    return names.get(state, state)


def client_state_name(state: str) -> str:
    """What a client is to the firm, in the reader's language."""
    names = {
        "PROSPECT": _("Prospect"),
        "ACTIVE": _("Active client"),
        "DORMANT": _("No open matter"),
        "FORMER": _("Former client"),
        "BLOCKED": _("Blocked"),
    }
    return names.get(state, state)


def part_name(part: str) -> str:
    """A person's part in a team."""
    names = {"lead": _("Lead lawyer"), "co": _("Co-counsel"), "assistant": _("Assistant"), "backup": _("Stand-in")}
    return names.get(part, part)


def party_role_name(role: str) -> str:
    """On which side a party stands."""
    names = {
        "client": _("Client"),
        "opposing": _("Opposing party"),
        "third": _("Third party"),
        "payer": _("Payer"),
        "related_client": _("Near the client"),
        "related_opposing": _("Near the opposing party"),
    }
    return names.get(role, role)


def channel_name(channel: str) -> str:
    """How people spoke."""
    names = {
        "email": _("E-mail"),
        "link": _("Online link"),
        "phone": _("Telephone"),
        "meeting": _("Meeting"),
        "message": _("Messenger"),
        "letter": _("Letter"),
    }
    return names.get(channel, channel)


def flag_name(flag: str) -> str:
    """What a talk held, in the reader's language."""
    return {
        "decision": _("A decision"),
        "risk": _("A risk"),
        "instruction": _("An instruction"),
        "documents": _("A wish for documents"),
        "dissatisfied": _("Displeasure"),
    }.get(flag, "")


def mood_name(mood: str) -> str:
    """A client's mood in the reader's language."""
    return {"calm": _("calm"), "worried": _("worried"), "angry": _("angry")}.get(mood, "")


def direction_name(direction: str) -> str:
    """Who spoke to whom."""
    return {"out": _("Outgoing"), "in": _("Incoming"), "both": _("Both ways")}.get(direction, direction)


def fee_state_name(state: str) -> str:
    """How far a payment is."""
    return {"PLANNED": _("Not due yet"), "DUE": _("To be paid"), "PAID": _("Paid")}.get(state, state)


def receipt_state_name(state: str) -> str:
    """How far the booking of a receipt is."""
    names = {"REGISTERED": _("Waiting for the check"), "CHECKED": _("Booked"), "RETURNED": _("Returned")}
    return names.get(state, state)


def pay_channel_name(channel: str) -> str:
    """How money came."""
    names = {"bank": _("Bank transfer"), "pos": _("Card"), "cash": _("Cash"), "online": _("Online payment")}
    return names.get(channel, channel)


def contract_state_name(state: str) -> str:
    """How far a contract is."""
    names = {
        "DRAFT": _("Draft"),
        "REVIEW": _("In review"),
        "APPROVED": _("Approved"),
        "SEALED": _("Sealed"),
        "SIGNED": _("Signed"),
        "AMENDED": _("Amended"),
        "COMPLETED": _("Performed"),
        "RESCINDED": _("Rescinded"),
        "VOID": _("Void"),
    }
    return names.get(state, state)


def level_name(level: str) -> str:
    """How secret a matter is."""
    names = {"internal": _("Internal"), "secret": _("Secret"), "confidential": _("Confidential")}
    return names.get(level, level)


def purpose_name(purpose: str) -> str:
    """What a link asks of the client."""
    names = {
        "expectations": _("Confirm the notice of risks and the service plan"),
        "waiver_consent": _("Consent to the conflict waiver"),
        "contract_signing": _("Sign the engagement contract"),
        "closing_receipt": _("Sign for the results"),
        "survey": _("Answer the survey"),
    }
    return names.get(purpose, _("Do this online"))


NAMES = {
    "type_name": type_name,
    "state_name": state_name,
    "client_state_name": client_state_name,
    "part_name": part_name,
    "party_role_name": party_role_name,
    "channel_name": channel_name,
    "direction_name": direction_name,
    "flag_name": flag_name,
    "mood_name": mood_name,
    "fee_state_name": fee_state_name,
    "receipt_state_name": receipt_state_name,
    "pay_channel_name": pay_channel_name,
    "contract_state_name": contract_state_name,
    "level_name": level_name,
    "purpose_name": purpose_name,
}
