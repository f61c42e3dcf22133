"""What the archive's pages call states, needs, checks and kinds, in the reader's language."""

from __future__ import annotations

from web.i18n import translate as _
from workflows.records import archive_index, archive_registers, matters, places, volume_checks, volumes


def state_name(state: str) -> str:
    """A volume's state in the reader's language."""
    names = {
        volumes.COLLECTING: _("Collecting"),
        volumes.SUBMITTED: _("Handed in"),
        volumes.CHECKING: _("Being checked"),
        volumes.RETURNED: _("Returned"),
        volumes.ACCEPTED: _("Numbered"),
        volumes.PACKED: _("Packed"),
        volumes.STORED: _("Stored"),
        volumes.ON_LOAN: _("On loan"),
        volumes.APPRAISING: _("Being appraised"),
        volumes.TO_DESTROY: _("To be destroyed"),
        volumes.DESTROYED: _("Destroyed"),
        volumes.TRANSFERRED: _("Transferred"),
    }
    return names[state]


def need_name(need: str) -> str:
    """How much a place is needed, in the reader's language."""
    return {"required": _("Required"), "conditional": _("If it happened"), "optional": _("Optional")}[need]


def check_name(kind: str) -> str:
    """Who or what checked a volume, in the reader's language."""
    names = {
        volume_checks.AUTOMATIC: _("Automatic checks"),
        volume_checks.ARCHIVIST: _("Archivist's check"),
        volume_checks.RECEPTION: _("Four-nature test on acceptance"),
        volume_checks.TRANSFER: _("Four-nature test on transfer"),
        volume_checks.YEARLY: _("Yearly four-nature test"),
    }
    return names[kind]


def view_name(view: str) -> str:
    """A view of the volume register."""
    names = {
        archive_registers.ALL: _("All volumes"),
        archive_registers.COLLECTED: _("Being collected"),
        archive_registers.DUE: _("To be handed in"),
        archive_registers.OVERDUE: _("Overdue"),
        archive_registers.TO_CHECK: _("To check"),
        archive_registers.FILED: _("On the shelf"),
        archive_registers.LENT: _("On loan"),
        archive_registers.GONE: _("Destroyed or transferred"),
    }
    return names[view]


def matter_state_name(state: str) -> str:
    """A matter's state."""
    names = {
        matters.OPENING: _("Being opened"),
        matters.ACTIVE: _("Running"),
        matters.SUSPENDED: _("Suspended"),
        matters.CLOSING: _("Being closed"),
        matters.CLOSED: _("Closed"),
        matters.FILED: _("Handed in"),
        matters.ARCHIVED: _("Archived"),
    }
    return names[state]


def type_name(matter_type: str) -> str:
    """A type of matter."""
    names = {
        "civil": _("Civil"),
        "criminal": _("Criminal"),
        "administrative": _("Administrative"),
        "arbitration": _("Arbitration"),
        "enforcement": _("Enforcement"),
        "nonlitigation": _("Non-litigation"),
        "special": _("Special project"),
        "adviser": _("Legal adviser"),
        "consultation": _("Consultation"),
    }
    return names.get(matter_type, matter_type)


def place_kind(kind: str) -> str:
    """A room, a rack or a box."""
    return {places.ROOM: _("Room"), places.RACK: _("Rack"), places.BOX: _("Box")}[kind]


def hit_name(kind: str) -> str:
    """Where something was found."""
    names = {
        archive_index.VOLUME: _("Volume"),
        archive_index.PIECE: _("Line of the catalogue"),
        archive_index.TEXT: _("Text of a document"),
    }
    return names[kind]
