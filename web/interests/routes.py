"""Declaring one's interests: everybody their own, compliance and the director see and enter those of all."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from engine import RunOperation
from web import auth
from web.i18n import translate as _
from web.page_forms import FileOf, read_posted, read_schema
from workflows.records import interests, people

blueprint = Blueprint("interests", __name__, template_folder="templates")
FORM = "interests/declare"
WATCH = frozenset({"compliance", "director"})
#: the list of the form that each kind of interest stands in
LISTS = {"posts": "post", "investments": "investment", "advisers": "adviser", "former_matters": "former_matter"}


@blueprint.get("/interests")
@auth.logged_in
def index() -> AnyResponse | str:
    """Everybody of the firm with what they declared; for others than compliance and the director their own form."""
    actor = auth.current_actor()
    if not actor.roles & WATCH:
        return redirect(url_for("interests.show", person_id=actor.id))
    with auth.firm().reading() as read:
        rows = [_summary(read, person) for person in people.list_people(read)]
    return render_template("interests/index.html", rows=rows, own=actor.id)


def _summary(session: Session, person: people.Person) -> dict[str, Any]:
    """How much somebody declared, of each kind, and when last."""
    found = interests.list_interests(session, person.id)
    counts = {path: sum(each.kind == kind for each in found) for path, kind in LISTS.items()}
    last = max((each.declared_at for each in found), default=None)
    return {"person": person, "relatives": len(person.relatives), "counts": counts, "last": last}


@blueprint.get("/interests/<person_id>")
@auth.logged_in
def show(person_id: str) -> str:
    """The form with what somebody declared so far."""
    return page(person_id)


def page(person_id: str, **more: Any) -> str:
    """The form, with what was typed when something was refused."""
    actor = auth.current_actor()
    if actor.id != person_id and not actor.roles & WATCH:
        abort(403)
    with auth.firm().reading() as read:
        person = people.find_person(read, person_id) or abort(404)
        values = _values(person, interests.list_interests(read, person_id))
        schema = read_schema(FORM, read)
    desk = FileOf(person_id, actor)
    shown = {"person_shown": person, "schema": schema, "values": values, "errors": {}, "desk": desk}
    return render_template(
        "interests/form.html", **{**shown, **more}, is_own=actor.id == person_id, watches=bool(actor.roles & WATCH)
    )


def _values(person: people.Person, found: list[interests.Interest]) -> dict[str, Any]:
    """What was declared as the form holds it."""
    values: dict[str, Any] = {"relatives": [{"identifier": "", **each} for each in person.relatives]}
    for path, kind in LISTS.items():
        own = [each for each in found if each.kind == kind]
        values[path] = [{**vars(each), "until": each.until.isoformat() if each.until else ""} for each in own]
    return values


@blueprint.post("/interests/<person_id>")
@auth.logged_in
def declare(person_id: str) -> AnyResponse | tuple[str, int]:
    """Replace what somebody declared; open matters are compared at once."""
    actor = auth.current_actor()
    if actor.id != person_id and not actor.roles & WATCH:
        abort(403)
    with auth.firm().reading() as read:
        schema = read_schema(FORM, read)
    posted = read_posted(schema, FileOf(person_id, actor))
    if posted.clean is None:
        return page(person_id, values=posted.values, errors=posted.errors), 200 if posted.redraw else 422
    declared = [{**row, "kind": kind} for path, kind in LISTS.items() for row in posted.clean.get(path) or []]
    relatives = [{key: str(value or "") for key, value in row.items()} for row in posted.clean.get("relatives") or []]
    auth.firm().run(
        RunOperation("people.declare_all", {"person_id": person_id, "declared": declared, "relatives": relatives}), actor
    )
    flash(_("Your declaration is kept. Open matters are compared with it now."))
    return redirect(url_for("interests.show", person_id=person_id), 303)
