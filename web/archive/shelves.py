"""The store room: rooms, racks and boxes with what stands in them, labels to print, and a page to scan them."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import RunOperation
from engine.errors import JuanzongError, NotFound
from web import auth
from web.archive import words
from web.archive.blueprint import blueprint
from web.archive.registers import TYPES, download
from web.errors import say
from web.i18n import translate as _
from workflows.records import archive_registers, places, shelf_labels
from workflows.records.archive_registers import Wanted
from workflows.records.places import Place
from workflows.records.volumes import Volume

ROLES = ("archivist", "partner", "director", "compliance")
MOST_LABELS = 500


@blueprint.get("/archive/places")
@auth.with_role(*ROLES)
def places_page() -> str:
    """Every room, rack and box."""
    return show_places()


def show_places(error: str = "", typed: dict[str, str] | None = None) -> str:
    """The places, with why a change was refused."""
    with auth.firm().reading() as read:
        tree = places.list_tree(read)
    keeps = "archivist" in auth.current_actor().roles
    papers = shelf_labels.list_papers()
    return render_template(
        "archive/places.html", tree=tree, error=error, typed=typed or {}, keeps=keeps, papers=papers, words=words
    )


@blueprint.post("/archive/places")
@auth.with_role("archivist")
def add_place() -> AnyResponse | tuple[str, int]:
    """Set up a place, or numbered boxes on a rack."""
    typed = request.form.to_dict()
    try:
        if typed.get("first") or typed.get("last"):
            numbers = {key: int(typed[key]) if typed.get(key, "").isdigit() else 0 for key in ("first", "last")}
            run("places.add_boxes", rack_id=typed.get("parent_id", "")[:32], **numbers)
        else:
            given = {key: typed.get(key, "").strip() for key in ("kind", "code", "parent_id", "note")}
            run("places.add", **given)
    except NotFound:
        abort(404)
    except JuanzongError as refused:
        return show_places(say(refused), typed), 422
    return redirect(url_for("archive.places_page"), 303)


@blueprint.post("/archive/places/<place_id>/remove")
@auth.with_role("archivist")
def remove_place(place_id: str) -> AnyResponse | tuple[str, int]:
    """Take an empty place away."""
    try:
        run("places.remove", place_id=place_id[:32])
    except NotFound:
        abort(404)
    except JuanzongError as refused:
        return show_places(say(refused)), 422
    return redirect(url_for("archive.places_page"), 303)


def run(operation: str, **parameters: Any) -> Any:
    """Change something as the person logged in."""
    return auth.firm().run(RunOperation(operation, parameters), auth.current_actor())


@blueprint.get("/archive/at/<found_id>")
@auth.logged_in
def at(found_id: str) -> AnyResponse | str:
    """What a label opens: the volume's page, or what stands in the box."""
    with auth.firm().reading() as read:
        found = places.read_code(read, found_id[:32], auth.current_actor())
        if isinstance(found, Volume):
            return redirect(url_for("archive.show", volume_id=found.id))
        if found is None or not set(ROLES) & auth.current_actor().roles:
            abort(404)
        held = places.list_volumes(read, found.id, auth.current_actor())
    return render_template("archive/place.html", place=found, held=held, words=words, papers=shelf_labels.list_papers())


@blueprint.get("/archive/labels.pdf")
@auth.with_role(*ROLES)
def labels() -> Response | tuple[str, int]:
    """Labels of volumes (as the register is filtered, or of one place) or of places, as sheets to print."""
    args, actor, now = request.args, auth.current_actor(), auth.firm().clock.now()
    paper = shelf_labels.list_papers().get(args.get("paper", ""), next(iter(shelf_labels.list_papers().values())))
    first = int(args["first"]) if args.get("first", "").isdigit() and len(args["first"]) < 4 else 1
    base = str(auth.firm().tools.get("public_url", "")).rstrip("/")
    with auth.firm().reading() as read:
        if "places" in args:
            under = args.get("place", "")
            chosen = [place for _depth, place in places.list_tree(read) if not under or under in (place.id, place.parent_id)]
            made = [label_of_place(base, place) for place in chosen if under or place.kind == places.BOX]
        elif args.get("place"):
            held = places.list_volumes(read, args["place"][:32], actor)
            made = [label_of_volume(base, each.id, each.file_no or "", each.title, each.location) for each in held]
        else:
            rows = archive_registers.list_volumes(read, actor, Wanted.read(args), now, limit=MOST_LABELS)
            chosen_id = args.get("volume", "")
            rows = [row for row in rows if row.file_no and chosen_id in ("", row.id)]
            made = [label_of_volume(base, row.id, row.file_no, row.title, row.place) for row in rows]
    if not made:
        return show_places(_("There is nothing to label here.")), 422
    pdf = shelf_labels.to_pdf(made[:MOST_LABELS], paper, at=now, fonts=auth.firm().tools.get("fonts"), first=first)
    return download(pdf, TYPES["pdf"], f"标签-{now:%Y%m%d}.pdf")


def label_of_place(base: str, place: Place) -> shelf_labels.Label:
    """A box's label."""
    return shelf_labels.Label(f"{base}/archive/at/{place.id}", place.path, place.note)


def label_of_volume(base: str, volume_id: str, file_no: str, title: str, place: str) -> shelf_labels.Label:
    """A volume's label: its number and where it stands, its title cut short."""
    return shelf_labels.Label(f"{base}/archive/at/{volume_id}", file_no, title[:34], place)


@blueprint.get("/archive/scan")
@auth.with_role(*ROLES)
def scan() -> str:
    """The phone's page: scan a label, see what it is, put volumes into a box."""
    return show_scan(request.args.get("code", ""), request.args.get("box", ""))


def show_scan(code: str, box_id: str, notice: str = "", error: str = "") -> str:
    """The page to scan with: the box that is being filled, and what was scanned last."""
    actor, found, held = auth.current_actor(), None, []
    with auth.firm().reading() as read:
        box = places.read_code(read, box_id, actor) if box_id else None
        box = box if isinstance(box, Place) and box.kind == places.BOX else None
        if code:
            found = places.read_code(read, code[:300], actor)
            error = error or ("" if found else _("Nothing here has this number: {code}", code=code[-60:]))
        if isinstance(found, Place):
            box = found if found.kind == places.BOX else box
        shown = box or (found if isinstance(found, Place) else None)
        held = places.list_volumes(read, shown.id, actor) if shown else []
    volume = found if isinstance(found, Volume) else None
    keeps = "archivist" in actor.roles
    return render_template(
        "archive/scan.html", volume=volume, box=box, shown=shown, held=held, notice=notice, error=error, keeps=keeps, words=words
    )


@blueprint.post("/archive/scan")
@auth.with_role("archivist")
def put() -> str | tuple[str, int]:
    """Put the scanned volume into the box."""
    box_id, volume_id = request.form.get("box", "")[:32], request.form.get("volume", "")[:32]
    with auth.firm().reading() as read:  # who is walled off does not even move it
        if not isinstance(places.read_code(read, volume_id, auth.current_actor()), Volume):
            abort(404)
    try:
        made = run("places.put", volume_id=volume_id, place_id=box_id)
    except NotFound:
        abort(404)
    except JuanzongError as refused:
        return show_scan(volume_id, box_id, error=say(refused)), 422
    return show_scan("", box_id, notice=_("It stands in {place} now.", place=made["place"]))
