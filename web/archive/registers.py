"""The registers: volumes and matters as lists to filter and sort, as files, and the search over everything in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, abort, render_template, request
from markupsafe import Markup, escape

from engine.errors import JuanzongError
from web import auth
from web.archive import words
from web.archive.blueprint import blueprint
from web.errors import say
from workflows.records import archive_registers, archive_search, matters, people, register_sheets, volumes
from workflows.records.archive_index import KINDS
from workflows.records.archive_registers import Wanted
from workflows.records.firm import read_firm
from workflows.records.import_checks import MATTER_TYPES

PAGE = 50
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
LAST_PAGE = 100_000 // PAGE


@blueprint.get("/archive")
@auth.logged_in
def index() -> str:
    """The register of volumes that somebody may see, in views: due, overdue, to check, on the shelf, on loan, …"""
    return show_volumes()


def show_volumes(error: str = "") -> str:
    """The register of volumes, with why it could not be printed."""
    actor, wanted, now = auth.current_actor(), Wanted.read(request.args), auth.firm().clock.now()
    with auth.firm().reading() as read:
        number = read_page()
        rows = archive_registers.list_volumes(read, actor, wanted, now, offset=(number - 1) * PAGE, limit=PAGE)
        count = archive_registers.count_volumes(read, actor, wanted, now)
        views = archive_registers.count_views(read, actor, now)
        choices = {"lawyers": people.list_people(read, "lawyer"), "years": archive_registers.list_years(read, actor)}
    shown = {"rows": rows, "count": count, "number": number, "last": max(1, -(-count // PAGE)), "now": now, "error": error}
    keeps = "archivist" in actor.roles
    return render_template(
        "archive/index.html", **shown, **choices, **names(wanted), views=views, keeps=keeps, states=list(volumes.NEXT)
    )


def read_page() -> int:
    """The page asked for, from 1."""
    asked = request.args.get("page", "1")
    return min(max(1, int(asked)), LAST_PAGE) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def names(wanted: Wanted) -> dict[str, Any]:
    """What both registers need to name things and to keep what was chosen."""

    def link(**changed: Any) -> str:
        kept = {key: value for key, value in request.args.items() if value and key != "page"}
        given = {key: str(value) for key, value in {**kept, **changed}.items() if value not in ("", None)}
        return f"{request.path}?{urlencode(given)}"

    def sort_link(column: str) -> str:
        turned = wanted.sort == column and wanted.falling
        return link(sort=column, order="up" if turned else "down")

    return {
        "wanted": wanted, "link": link, "sort_link": sort_link, "query": urlencode(dict(request.args)), "words": words,
        "types": list(MATTER_TYPES), "levels": volumes.LEVELS, "periods": volumes.PERIODS,
    }  # fmt: skip


@blueprint.get("/archive/register.<form>")
@auth.logged_in
def volume_register(form: str) -> Response | tuple[str, int]:
    """The register of volumes, as it is filtered and sorted, as CSV, XLSX or PDF."""
    actor, wanted, now = auth.current_actor(), Wanted.read(request.args), auth.firm().clock.now()
    with auth.firm().reading() as read:
        rows = archive_registers.list_volumes(read, actor, wanted, now, limit=None)
    columns = (
        ("档号", 2.6), ("题名", 4.4), ("案由", 2), ("委托人", 2.2), ("收案号", 2.2), ("承办律师", 1.2), ("结案日期", 1.4),
        ("归档日期", 1.4), ("保管期限", 1.4), ("件数", 0.7), ("页数", 0.7), ("密级", 0.8), ("存放位置", 2),
        ("状态", 1.1), ("备注", 1.6),
    )  # fmt: skip
    lines = [
        (row.file_no, row.title, row.cause, row.client, row.matter_no, row.lawyer, row.closed_on, row.filed_at, row.period,
         row.pieces, row.pages, row.level, row.place, words.state_name(row.state), row.remarks)
        for row in rows
    ]  # fmt: skip
    try:
        return as_file("案卷目录", columns, lines, form)
    except JuanzongError as refused:
        return show_volumes(say(refused)), 422


@blueprint.get("/archive/matters")
@auth.logged_in
def matter_index() -> str:
    """The register of matters (立案登记簿) that somebody may see."""
    return show_matters()


def show_matters(error: str = "") -> str:
    """The register of matters, with why it could not be printed."""
    actor, wanted = auth.current_actor(), Wanted.read(request.args)
    with auth.firm().reading() as read:
        number = read_page()
        rows = archive_registers.list_matters(read, actor, wanted, offset=(number - 1) * PAGE, limit=PAGE)
        count = archive_registers.count_matters(read, actor, wanted)
        lawyers = people.list_people(read, "lawyer")
    now = auth.firm().clock.now()
    shown = {"rows": rows, "count": count, "number": number, "last": max(1, -(-count // PAGE)), "lawyers": lawyers, "now": now}
    years = list(range(now.year, now.year - 30, -1))
    return render_template("archive/matters.html", **shown, **names(wanted), states=list(matters.NEXT), years=years, error=error)


@blueprint.get("/archive/matters.<form>")
@auth.logged_in
def matter_register(form: str) -> Response | tuple[str, int]:
    """The register of matters as CSV, XLSX or PDF."""
    actor, wanted = auth.current_actor(), Wanted.read(request.args)
    with auth.firm().reading() as read:
        rows = archive_registers.list_matters(read, actor, wanted, limit=None)
    columns = (
        ("收案号", 2.4), ("案件", 5), ("类型", 1.2), ("承办律师", 1.2), ("收案日期", 1.4), ("结案日期", 1.4), ("案件状态", 1.2),
        ("档号", 2.4), ("案卷状态", 1.2),
    )  # fmt: skip
    lines = [
        (row.matter_no, row.title, words.type_name(row.matter_type), row.lawyer, row.opened_at, row.closed_at,
         words.matter_state_name(row.state), row.file_no, words.state_name(row.volume_state) if row.volume_state else "")
        for row in rows
    ]  # fmt: skip
    try:
        return as_file("立案登记簿", columns, lines, form)
    except JuanzongError as refused:
        return show_matters(say(refused)), 422


def as_file(title: str, columns: tuple[tuple[str, float], ...], rows: list[tuple[Any, ...]], form: str) -> Response:
    """A register as a download; 404 for a form there is none of."""
    if form not in TYPES:
        abort(404)
    headings, firm = [heading for heading, _width in columns], auth.firm()
    if form == "csv":
        content = register_sheets.to_csv(headings, rows)
    elif form == "xlsx":
        content = register_sheets.to_xlsx(title, headings, rows)
    else:
        at, fonts = firm.clock.now(), firm.tools.get("fonts")
        content = register_sheets.to_pdf(title, columns, rows, firm=read_firm()["name"], at=at, fonts=fonts)
    return download(content, TYPES[form], f"{title}-{firm.clock.now():%Y%m%d}.{form}")


def download(content: bytes, media_type: str, name: str) -> Response:
    """Bytes with a Chinese file name."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, mimetype=media_type, headers=headers)


@blueprint.get("/archive/search")
@auth.logged_in
def search() -> str:
    """What is found for some words: volumes, lines of their catalogues, texts of their documents."""
    asked = request.args.get("q", "").strip()[:200]
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    after = read_after(request.args)
    with auth.firm().reading() as read:
        found = archive_search.search(read, asked, auth.current_actor(), kind=kind, after=after)
    terms = [each for each in asked.split() if each]
    shown = {"asked": asked, "kind": kind, "kinds": KINDS, "found": found, "terms": terms, "is_later": after is not None}
    return render_template("archive/search.html", **shown, words=words, most=archive_search.COUNTED)


def read_after(given: Mapping[str, str]) -> tuple[str, int] | None:
    """Where the page before ended."""
    kind, _dash, number = given.get("after", "").partition("-")
    return (kind, int(number)) if kind in KINDS and number.isascii() and number.isdigit() and len(number) < 19 else None


@blueprint.app_template_filter("marked")
def marked(text: str, terms: list[str]) -> Markup:
    """A text with what was looked for marked, where it stands there as it was typed."""
    folded = text.casefold()
    spans = sorted((at, at + len(term)) for term in terms for at in _places(folded, term.casefold()) if len(text) == len(folded))
    out, last = Markup(""), 0
    for start, end in spans:
        if start >= last:
            out += escape(text[last:start]) + Markup("<mark>") + escape(text[start:end]) + Markup("</mark>")
            last = end
    return out + escape(text[last:])


def _places(text: str, term: str) -> list[int]:
    found, at = [], text.find(term)
    while at >= 0 and term:
        found.append(at)
        at = text.find(term, at + len(term))
    return found
