"""The reader: a filed volume page by page as pictures that bear the reader's name and the time, each page logged."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE, RunOperation
from engine.errors import NotAllowed
from web import auth
from web.i18n import translate as _
from web.page_forms import go
from workflows.records import documents, loan_pages, loan_reading, volume_contents, volume_loans, volumes
from workflows.records.rule_packs import get_rule

blueprint = Blueprint("reading", __name__)


@blueprint.get("/loans/<loan_id>/read")
@auth.logged_in
def read_volume(loan_id: str) -> str:
    """The reader at one page; for everybody but the borrower, and after its time, there is none (404)."""
    actor, now = auth.current_actor(), auth.firm().clock.now()
    with auth.firm().reading() as read:
        loan = volume_loans.find_loan(read, loan_id)
        if loan is None or not loan_reading.may_read(read, loan, actor, now):
            abort(404)
        pages = loan_reading.list_pages(read, loan)
        volume = volumes.get_volume(read, loan.volume_id)
        pieces = volume_contents.list_pieces(read, loan.volume_id)
    wanted = request.args.get("page", "")
    page = int(wanted) if wanted.isdigit() and int(wanted) in pages else (pages[0] if pages else 0)
    place = pages.index(page) if pages else 0
    around = {
        "before": pages[place - 1] if place else 0,
        "after": pages[place + 1] if place + 1 < len(pages) else 0,
        "place": place + 1,
    }
    opened = [each for each in pieces if any(each.page_from <= number <= each.page_to for number in pages)]
    piece = next((each for each in opened if each.page_from <= page <= each.page_to), None)
    shown = {"loan": loan, "volume": volume, "page": page, "pages": pages, "pieces": opened, "piece": piece}
    return render_template("loans/reader.html", **shown, **around)


@blueprint.get("/loans/<loan_id>/pages/<int:page>")
@auth.logged_in
def draw(loan_id: str, page: int) -> Response:
    """One page as a picture, logged; nothing keeps it, and whatever is not open to somebody is not there (404)."""
    firm = auth.firm()
    try:
        found = firm.run(RunOperation("loans.open_page", {"loan_id": loan_id, "page": page}), auth.current_actor())
    except NotAllowed:
        abort(404)
    with firm.reading() as read:
        document = documents.get_document(read, found["document_id"])
        content = documents.read_content(read, document.id)
    dpi = int(get_rule("loans", "watermark_dpi", firm.clock.now().astimezone(FIRM_ZONE).date()).value)
    try:
        drawn = loan_pages.draw_page(
            content, document.media_type, found["index"], words=found["words"], dpi=dpi, fonts=firm.tools.get("fonts")
        )
    except loan_pages.PageMissing:
        abort(415)
    response = Response(drawn, mimetype="image/jpeg")
    response.headers.update({"Cache-Control": "no-store, private", "Content-Disposition": "inline"})
    return response


@blueprint.post("/loans/<loan_id>/finish")
@auth.logged_in
def finish(loan_id: str) -> AnyResponse:
    """The reader is done before the time is over."""
    try:
        auth.firm().run(RunOperation("loans.finish_reading", {"loan_id": loan_id}), auth.current_actor())
    except NotAllowed:
        abort(404)
    flash(_("Reading is over."))
    return go(url_for("loans.index"))
