"""How the pages say what strikes in a letter."""

from __future__ import annotations

from web.i18n import translate as _
from workflows.records import outgoing_checks


def say_finding(finding: dict[str, str]) -> str:
    """One finding in the reader's language."""
    said = {
        outgoing_checks.AUTHORITY: _("Beyond the general authority: “{words}”. Special authority or a confirmation is needed."),
        outgoing_checks.NAME: _("The client's name “{words}” does not occur in the paper."),
        outgoing_checks.AMOUNT: _("The amount in dispute does not occur; the paper names {words} yuan."),
        outgoing_checks.ADDRESSEE: _("The addressee is a client of the firm: {words}."),
        outgoing_checks.UNREAD: _("The text of “{words}” cannot be read: it was not checked."),
        outgoing_checks.PROMISE: _("A forbidden promise: “{words}”."),
    }  # fmt: skip
    return said[finding["kind"]].format(words=finding["words"])
