"""What is wrong with a row of an import, in words; the columns, the kinds and the states too."""

from __future__ import annotations

from web.i18n import translate as _
from workflows.records.import_tables import CLIENTS, COLUMNS, MATTERS, PARTIES, RELATIONS, VOLUMES
from workflows.records.imports import ACCEPTED, CHECKED, DISCARDED, DONE, UNREADABLE, UPLOADED, ImportFaultRow


def kind_name(kind: str) -> str:
    """A kind of table."""
    names = {
        CLIENTS: _("Clients"),
        MATTERS: _("Open matters"),
        PARTIES: _("Parties"),
        RELATIONS: _("Relations"),
        VOLUMES: _("Closed volumes"),
    }
    return names.get(kind, kind)


def state_name(state: str) -> str:
    """How far an import is."""
    names = {
        UPLOADED: _("Being checked"),
        CHECKED: _("Waits for you"),
        ACCEPTED: _("Being taken in"),
        DONE: _("Taken in"),
        DISCARDED: _("Discarded"),
        UNREADABLE: _("Unreadable"),
    }
    return names[state]


def heading(kind: str, column: str) -> str:
    """The first Chinese heading that a column is known by; tables of a firm in China carry no other."""
    return next((word for word in COLUMNS.get(kind, {}).get(column, ()) if not word.isascii()), column)


def say_fault(fault: ImportFaultRow) -> str:
    """One sentence for what is wrong."""
    text, row = fault.text, fault.other_row
    known = {
        "empty": _("This must not be empty."),
        "too_long": _("This is longer than {most} characters.", most=text),
        "cell_too_long": _("The cell is longer than 4,000 characters."),
        "not_in_encoding": _("The cell holds bytes that are no text in the file's encoding."),
        "control_characters": _("The cell holds control characters."),
        "rounded": _("The spreadsheet kept this as a number and rounded it after 15 digits: format the column as text."),
        "name_too_short": _("A name has at least two characters."),
        "duplicate": _("The same as row {row}.", row=row),
        "option": _("“{text}” is none of the words that are known here.", text=text),
        "check_digit": _("The check digit of this number is wrong."),
        "of_other_kind": _("This number belongs to the other kind: a person's to an organisation, or the reverse."),
        "email": _("“{text}” is no e-mail address.", text=text),
        "known_client": _("The firm has a client with this number: what is missing there is filled in."),
        "number_of_another": _("Row {row} has this number too.", row=row),
        "number_taken": _("This number is taken.") if not row else _("Row {row} has this number too.", row=row),
        "same_name": _("A client of this name is there already; without an identity number both are kept."),
        "client_unknown": _("No client is called or numbered “{text}”.", text=text),
        "client_ambiguous": _("Several clients are called “{text}”: give the client's number.", text=text),
        "lawyer_unknown": _("No lawyer of the firm is called “{text}”.", text=text),
        "lawyer_ambiguous": _("Several lawyers are called “{text}”: give the login.", text=text),
        "matter_unknown": _("There is no matter with the number “{text}”.", text=text),
        "date": _("“{text}” is not a date.", text=text),
        "date_future": _("This day has not come yet."),
        "number": _("“{text}” is not an amount.", text=text),
        "period": _("“{text}” is no period of keeping: 永久, 长期, 短期, or years.", text=text),
        "client_new": _("No client is called or numbered “{text}”: one is registered.", text=text),
        "lawyer_former": _("No lawyer of the firm is called “{text}”: the name is kept.", text=text),
        "date_before": _("This day is before the one that should come first ({text}).", text=text),
        "count": _("“{text}” is not a number.", text=text),
        "scan_missing": _("The zip file has no “{text}”.", text=text),
        "percent": _("“{text}” is not between 0 and 100.", text=text),
        "same_party": _("Somebody cannot stand in a relation to themselves."),
    }
    return known.get(fault.code, fault.code)
