"""Deadlines as a calendar file (RFC 5545) that Outlook, Apple and phone calendars take in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from web.deadline_words import title_of
from web.i18n import translate as _
from workflows.records.deadline_lists import ListedDeadline

LINE = 75  # octets


def write_calendar(listed: Iterable[ListedDeadline], now: datetime, address: str) -> str:
    """One whole-day event a deadline with alarms seven days and one day before; the firm's own day as another event."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Juanzong//Deadlines//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for each in listed:
        deadline = each.deadline
        if deadline.due_on is None or deadline.internal_on is None:
            continue
        url = f"{address.rstrip('/')}/deadlines/{deadline.id}"
        name = f"{title_of(deadline)} · {each.case_title}"
        ends, own = _("Ends: {name}", name=name), _("Firm's day: {name}", name=name)
        lines += _event(f"{deadline.id}-end", deadline.due_on, ends, each.case_no, url, now, alarms=(7, 1))
        if deadline.internal_on < deadline.due_on:
            lines += _event(f"{deadline.id}-own", deadline.internal_on, own, each.case_no, url, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{fold(line)}\r\n" for line in lines)


def _event(
    uid: str, day: date, summary: str, case_no: str, url: str, now: datetime, *, alarms: tuple[int, ...] = ()
) -> list[str]:
    start = f"{day:%Y%m%d}"
    end = f"{day + timedelta(days=1):%Y%m%d}"
    lines = ["BEGIN:VEVENT", f"UID:{uid}@juanzong", f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}"]
    lines += [f"DTSTART;VALUE=DATE:{start}", f"DTEND;VALUE=DATE:{end}", f"SUMMARY:{escape(summary)}"]
    lines += [f"DESCRIPTION:{escape(case_no)}", f"URL:{url}", "TRANSP:TRANSPARENT"]
    for days in alarms:
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escape(summary)}", f"TRIGGER:-P{days}D", "END:VALARM"]
    return [*lines, "END:VEVENT"]


def escape(text: str) -> str:
    """Text as a property's value."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def fold(line: str) -> str:
    """A line in pieces of at most 75 octets, no letter torn."""
    pieces, piece, size = [], "", 0
    for letter in line:
        weight = len(letter.encode())
        if size + weight > LINE:
            pieces.append(piece)
            piece, size = "", 1  # the space that begins a continued line
        piece, size = piece + letter, size + weight
    return "\r\n ".join([*pieces, piece])
