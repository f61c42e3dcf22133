"""What the operations page shows, in words that people understand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from flask import current_app
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from engine import Actor, queries
from web import walled
from web.i18n import translate as _
from web.outlines import read_outline
from workflows.records import documents, mails

#: a client's own way in: whoever reads it could answer in the client's name
CLIENT_LINK = re.compile(r"(https?://[^\s/]+(?::\d+)?/c/)([A-Za-z0-9_-]{16,})")
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'。，；、）)]")
TRACE_LINES = 30
LISTED = 50
TITLED = 500  # so many running cases are known by name beside their timers


@dataclass(frozen=True)
class Names:
    """Names of processes and their elements in the reader's language, by their keys."""

    session: Session
    newest: dict[str, str]  # process key → definition id

    def process(self, key: str) -> str:
        """A process's name."""
        return read_outline(self.session, self.newest[key]).label if key in self.newest else key

    def element(self, key: str, element_id: str, otherwise: str = "") -> str:
        """An element's name."""
        found = read_outline(self.session, self.newest[key]).elements.get(element_id) if key in self.newest else None
        return (found.label if found else "") or otherwise or element_id

    def timer(self, timer: queries.TimerRow) -> str:
        """What a timer waits for."""
        definition_id = self.newest.get(timer.process_key)
        return read_outline(self.session, definition_id).waiting(timer.element_id, timer.name) if definition_id else timer.name


def read_names(session: Session) -> Names:
    """The names of everything deployed."""
    return Names(session, {row.process_key: row.id for row, running in queries.list_definitions(session)})


def effect_name(effect: str) -> str:
    """What an effect does, in words."""
    known = {
        "mail.send": _("Send a mail"),
        "letters.render": _("Write a letter"),
        "documents.seal": _("Put the seal on a document"),
        "documents.add_signature_page": _("Add the signature page"),
        "documents.sign_by_client": _("Add the client's signature"),
        "volumes.package": _("Write the archive package"),
    }
    return known.get(effect, effect)


def state_name(state: str) -> str:
    """The state of an effect or an instance, in words."""
    known = {
        "owed": _("Owed"),
        "delivered": _("Delivered"),
        "failed": _("Failed"),
        "cancelled": _("Cancelled"),
        "running": _("Running"),
        "completed": _("Ended"),
        "suspended": _("Suspended"),
    }
    return known.get(state, state)


def event_name(event: str) -> str:
    """An audit event in words; its own name where there are none."""
    return _(event.replace(".", " ").replace("_", " ").capitalize())


def mail_body(mail: mails.Mail) -> Markup:
    """A mail's text with its addresses as links; outside the demo nobody of the firm gets a client's way in."""
    text = mail.body if current_app.config["DEMO"] else CLIENT_LINK.sub(r"\1…", mail.body)
    parts, at = [], 0
    for found in ADDRESS.finditer(text):
        parts.append(escape(text[at : found.start()]))
        link = Markup('<a href="{0}" target="_blank" rel="noopener">{0}</a>')
        parts.append(escape(found.group()) if "…" in found.group() else link.format(found.group()))
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def mail_links(mail: mails.Mail) -> list[str]:
    """The client's way in of a mail, as addresses of this site: the presenter's button; none outside the demo."""
    if not current_app.config["DEMO"]:
        return []
    return [f"/c/{found.group(2)}" for found in CLIENT_LINK.finditer(mail.body)]


def mail_attachments(session: Session, mail: mails.Mail) -> list[documents.Document]:
    """The documents that went out with a mail."""
    found = [documents.find_document(session, each) for each in mail.attachments]
    return [document for document in found if document is not None]


def read_everything(session: Session, viewer: Actor) -> dict[str, Any]:
    """The sections of the page, without the cases that a wall closes to the reader."""
    may_name = walled.read_filter(session, viewer)
    running = [row for row in queries.list_instances(session, state="running", limit=TITLED) if may_name(row.id)]
    effects = queries.list_effects(session, state="owed", limit=LISTED) + queries.list_effects(session, state="failed")
    delivered = queries.list_effects(session, state="delivered", limit=10)
    return {
        "incidents": [row for row in queries.list_incidents(session) if may_name(row.instance_id)],
        "timers": [row for row in queries.list_timers(session, limit=LISTED) if may_name(row.instance_id)],
        "owed": [row for row in effects if may_name(row.instance_id)],
        "delivered": [row for row in delivered if may_name(row.instance_id)],
        "instances": running[:LISTED],
        "titles": {row.id: row.title for row in running},
        "definitions": queries.list_definitions(session),
        "audit": queries.list_audit(session, limit=LISTED),
        "names": read_names(session),
    }


def shorten(trace: str) -> str:
    """The end of a trace, where the cause stands."""
    return "\n".join(trace.strip().splitlines()[-TRACE_LINES:])


def parse_data(text: str) -> dict[str, Any] | None:
    """Variables typed as JSON; None when they are not an object."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
