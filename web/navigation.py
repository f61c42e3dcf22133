"""The side navigation: what a person may open, in the order of their work."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from engine import Actor
from web.i18n import language
from web.i18n import translate as _
from workflows.roles import ROLES

ENGLISH_ROLES = {
    "desk": "Front desk",
    "lawyer": "Lawyer",
    "partner": "Partner",
    "director": "Director",
    "compliance": "Compliance",
    "complaint": "Complaints officer",
    "finance": "Finance",
    "archivist": "Archivist",
    "seal": "Seal keeper",
    "designer": "Process designer",
    "admin": "Administrator",
    "client": "Client",
    "system": "System",
}
#: roles whose people share no queue of tasks
WITHOUT_QUEUE = frozenset({"designer", "client", "system"})


def role_name(role: str) -> str:
    """A role in the reader's language."""
    names = ROLES if language() == "zh" else ENGLISH_ROLES
    return names.get(role, role)


@dataclass(frozen=True)
class Entry:
    """One line of the navigation; ``count`` names the number of the inbox shown beside it."""

    label: str
    address: str
    icon: str
    is_current: bool
    count: str = ""
    is_hot: bool = False


@dataclass(frozen=True)
class Section:
    """Lines under a heading."""

    heading: str
    entries: tuple[Entry, ...]


def may_open(endpoint: str, actor: Actor) -> bool:
    """Whether a page exists in this application and is open to somebody."""
    view = current_app.view_functions.get(endpoint)
    if getattr(view, "presents", False):
        return bool(current_app.config["DEMO"] or "admin" in actor.roles)
    roles: frozenset[str] = getattr(view, "roles", frozenset())
    return view is not None and (not roles or bool(roles & actor.roles))


def _view(name: str, label: str, icon: str, *, is_hot: bool = False) -> Entry:
    chosen = request.args.get("view", "all")
    # the chips above the list are parts of “my tasks”
    shown = chosen == name or (name == "all" and chosen in ("mine", "late", "group"))
    current = request.blueprint == "inbox" and not request.args.get("role") and shown
    address = url_for("inbox.index") if name == "all" else url_for("inbox.index", view=name)
    return Entry(label, address, icon, current, count=name, is_hot=is_hot)


def _queue(role: str) -> Entry:
    current = request.blueprint == "inbox" and request.args.get("role") == role
    return Entry(role_name(role), url_for("inbox.index", view="group", role=role), "users", current, count=f"group:{role}")


def is_here(endpoint: str) -> bool:
    """Whether a page is the one shown; the mails are a page of their own under the operations."""
    is_mail = (request.endpoint or "").startswith("operations.mail")
    return is_mail == (endpoint == "operations.mails_page")


def _pages(actor: Actor) -> list[Entry]:
    known = (
        ("matters.index", _("Matters"), "briefcase"),
        ("deadlines.index", _("Deadlines"), "calendar-clock"),
        ("conflicts.index", _("Conflict checks"), "shield-alert"),
        ("interests.index", _("Interests"), "user-check"),
        ("staff.index", _("Joining and leaving"), "users"),
        ("complaints.index", _("Complaints"), "message-square"),
        ("improvement.index", _("Improvement"), "star"),
        ("outgoing.index", _("Seal register"), "stamp"),
        ("compliance.index", _("Compliance year"), "shield-check"),
        ("money.index", _("Money in suspense"), "inbox"),
        ("archive.index", _("Archive"), "archive"),
        ("loans.index", _("Borrowing"), "book-open"),
        ("appraisals.index", _("Appraisal and destruction"), "timer"),
        ("custody.index", _("Patrols and transfers"), "shield-check"),
        ("processes.index", _("Diagrams"), "workflow"),
        ("imports.index", _("Bring data in"), "upload"),
        ("operations.index", _("Operations"), "activity"),
        ("operations.mails_page", _("Sent mail"), "mail"),
    )
    return [
        Entry(label, url_for(endpoint), icon, is_current=request.blueprint == endpoint.partition(".")[0] and is_here(endpoint))
        for endpoint, label, icon in known
        if may_open(endpoint, actor)
    ]


def sections(actor: Actor) -> list[Section]:
    """The navigation of somebody logged in; pages that this deployment lacks or that are closed to them do not show."""
    mine = (
        _view("all", _("My tasks"), "inbox"),
        _view("gates", _("To approve"), "shield-check", is_hot=True),
        _view("started", _("Started by me"), "send"),
        _view("done", _("Done"), "circle-check"),
    )
    queues = tuple(_queue(role) for role in ROLES if role in actor.roles - WITHOUT_QUEUE)
    found = [Section("", mine), Section(_("Group queues"), queues), Section(_("The firm"), tuple(_pages(actor)))]
    return [section for section in found if section.entries]


@dataclass(frozen=True)
class Command:
    """One line of the palette: an address to open, or a command of the page's script with its value."""

    label: str
    icon: str
    address: str = "#"
    run: str = ""
    value: str = ""
    key: str = ""


def commands(actor: Actor) -> list[Command]:
    """What the palette can do besides going somewhere."""
    other = "en" if language() == "zh" else "zh"
    found = [Command(_("New lead"), "plus", run="submit", value="new-lead")] if "desk" in actor.roles else []
    found += [
        Command("English" if other == "en" else "中文", "languages", url_for("choose_language", chosen=other, next="/inbox")),
        Command(_("Dark or light"), "moon", run="theme", key="T"),
        Command(_("Keys"), "keyboard", run="help", key="?"),
        Command(_("Log out"), "log-out", run="submit", value="log-out"),
    ]
    if current_app.config["DEMO"]:
        found += [
            Command(_("Demo clock: one day on"), "fast-forward", run="submit", value="clock-day"),
            Command(_("Demo clock: one week on"), "fast-forward", run="submit", value="clock-week"),
            Command(_("Demo clock: to the next timer"), "timer", run="submit", value="clock-timer"),
        ]
    return found
