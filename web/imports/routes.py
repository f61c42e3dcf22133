"""Bringing old data in: the list with an upload, one import with everything that is wrong, accepted or discarded."""

from __future__ import annotations

import base64
import csv
import io
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import RunOperation
from engine.errors import JuanzongError, NotFound
from web import auth
from web.errors import say
from web.i18n import translate as _
from web.imports import faults as words
from workflows.records import imports, people
from workflows.records.import_tables import COLUMNS, KINDS, REQUIRED

blueprint = Blueprint("imports", __name__, template_folder="templates")
PAGE = 100
ROLES = ("admin", "director")
#: a row of each table, of people and firms that do not exist
EXAMPLES = {
    "clients": ("K0001", "单位", "示例贸易有限公司", "", "示例贸易", "", "", "office@example.invalid", "示范市示范路1号", "", ""),
    "matters": ("2025民123", "K0001", "民事", "买卖合同纠纷", "", "lawyer1", "2025-03-01", "示范物流有限公司", "1200000", ""),
    "parties": ("2025民123", "第三人", "单位", "示范仓储有限公司", "", "", "", ""),
    "volumes": (
        "2019民诉档-0032", "示例贸易与示例物流买卖合同纠纷", "K0001", "2019-08-30", "民事", "买卖合同纠纷", "示例物流有限公司",
        "lawyer1", "2019民45", "示范市人民法院", "（2019）示01民初45号", "调解结案", "2019-01-15", "2019-10-08", "长期", "内部",
        "18", "156", "一号库 A架 3盒", "", "2019民诉档-0032.pdf",
    ),
    "relations": ("示例控股有限公司", "", "股东", "示例贸易有限公司", "", "60"),
}  # fmt: skip


@blueprint.get("/imports")
@auth.with_role(*ROLES)
def index() -> str:
    """The imports so far, and a field for the next file."""
    return show_list()


def show_list(error: str = "") -> str:
    """The list, with what was wrong with an upload."""
    with auth.firm().reading() as read:
        rows = imports.list_imports(read)
        names = {person.id: person.name for person in people.list_people(read)}
    return render_template("imports/index.html", rows=rows, people=names, error=error, kinds=KINDS, words=words, columns=COLUMNS)


@blueprint.post("/imports")
@auth.with_role(*ROLES)
def upload() -> AnyResponse | tuple[str, int]:
    """Keep a file; it is checked in the background and changes nothing yet."""
    file, kind = request.files.get("file"), request.form.get("kind", "")
    if file is None or not file.filename:
        return show_list(_("Please choose a file.")), 422
    content = base64.b64encode(file.read()).decode()
    given = {"file_name": file.filename, "content": content, "kind": kind if kind in KINDS else ""}
    try:
        made = auth.firm().run(RunOperation("imports.upload", given), auth.current_actor())
    except JuanzongError as refused:
        return show_list(say(refused)), 422
    return redirect(url_for("imports.show", import_id=made["import_id"]), 303)


@blueprint.get("/imports/<import_id>")
@auth.with_role(*ROLES)
def show(import_id: str) -> str:
    """One import: how many rows of which kind, what is wrong, how far it is."""
    return render_template("imports/import.html", **read_import(import_id), words=words)


def read_import(import_id: str, notice: str = "") -> dict[str, Any]:
    """Everything the page of one import shows."""
    after = request.args.get("after", "0")
    with auth.firm().reading() as read:
        found = imports.get_import(read, import_id[:32])
        listed = imports.list_faults(read, found.id, after=int(after) if after.isdigit() else 0, limit=PAGE + 1)
        counted = imports.count_faults(read, found.id)
        names = {person.id: person.name for person in people.list_people(read)}
    more = listed[PAGE - 1].place if len(listed) > PAGE else None
    shown = {"each": found, "faults": listed[:PAGE], "counted": counted, "more": more, "is_busy": found.state in imports.BUSY}
    return {**shown, "people": names, "notice": notice, "is_later_page": after not in ("", "0")}


@blueprint.post("/imports/<import_id>/accept")
@auth.with_role(*ROLES)
def accept(import_id: str) -> AnyResponse | tuple[str, int]:
    """Let the good rows be taken in."""
    return change(import_id, "imports.accept")


@blueprint.post("/imports/<import_id>/discard")
@auth.with_role(*ROLES)
def discard(import_id: str) -> AnyResponse | tuple[str, int]:
    """Leave the file."""
    return change(import_id, "imports.discard")


def change(import_id: str, operation: str) -> AnyResponse | tuple[str, int]:
    """Move an import on, or say why not."""
    try:
        auth.firm().run(RunOperation(operation, {"import_id": import_id[:32]}), auth.current_actor())
    except NotFound:
        abort(404)
    except JuanzongError as refused:
        return render_template("imports/import.html", **read_import(import_id, say(refused)), words=words), 422
    return redirect(url_for("imports.show", import_id=import_id), 303)


@blueprint.get("/imports/<import_id>/left-out.csv")
@auth.with_role(*ROLES)
def left_out(import_id: str) -> Response:
    """The rows that are not taken, with the reasons, to be mended and brought again."""
    with auth.firm().reading() as read:
        found = imports.get_import(read, import_id[:32])
        content = imports.write_left_out(read, found.id, words.say_fault)
    return as_file(content, "left-out.csv")


@blueprint.get("/imports/template/<kind>.csv")
@auth.with_role(*ROLES)
def template(kind: str) -> Response:
    """An empty table with the headings of a kind and one example row."""
    if kind not in KINDS:
        abort(404)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([next(word for word in words_ if not word.isascii()) for words_ in COLUMNS[kind].values()])
    writer.writerow(EXAMPLES[kind])
    return as_file(("\ufeff" + out.getvalue()).encode(), f"{kind}.csv")


def as_file(content: bytes, name: str) -> Response:
    """A download."""
    return Response(content, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.app_context_processor
def required_columns() -> dict[str, Any]:
    """The columns a table cannot do without, for the page that explains them."""
    return {"required_columns": REQUIRED}
