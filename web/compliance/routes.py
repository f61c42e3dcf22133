"""The compliance year: the calendar that runs with what is late, and every year before it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from web import auth
from web.i18n import language
from workflows.records import compliance_years, documents

blueprint = Blueprint("compliance", __name__, template_folder="templates")


@blueprint.get("/compliance")
@auth.with_role(*sorted(compliance_years.READERS))
def index() -> str:
    """Every year's calendar, the newest first; before the first one, when it opens."""
    now = auth.firm().clock.now()
    with auth.firm().reading() as read:
        found = compliance_years.list_years(read)
        shown = [(year, compliance_years.list_items(read, year.id)) for year in found]
    opens = compliance_years.next_opening(now)
    return render_template("compliance/index.html", years=shown, now=now, opens=opens)


@blueprint.get("/compliance/<year_id>")
@auth.with_role(*sorted(compliance_years.READERS))
def show(year_id: str) -> str:
    """One year: its items with their proof, who has declared, and the paper when it is signed."""
    now = auth.firm().clock.now()
    with auth.firm().reading() as read:
        year = compliance_years.find_file(read, year_id) or abort(404)
        items = compliance_years.list_items(read, year.id)
        asked = {
            item.id: (compliance_years.list_declarations(read, item.id), compliance_years.list_undeclared(read, item.id))
            for item in items
            if item.everybody
        }
        watches = bool(auth.current_actor().roles & {"compliance", "director"})
        files = {document.id: document for document in documents.list_documents(read, year.id)}
    paper = [each for each in files.values() if each.kind == "compliance_year" and each.media_type == documents.PDF]
    return render_template(
        "compliance/year.html",
        year=year, items=items, asked=asked, files=files, paper=paper[-1] if paper else None, now=now, watches=watches,
        is_chinese=language() == "zh",
    )  # fmt: skip
