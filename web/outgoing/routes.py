"""The register of letters under seal, for those who keep and watch over the seal."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import RunOperation
from engine.errors import JuanzongError
from web import auth
from web.errors import say
from web.i18n import translate as _
from workflows.records import outgoing_letters, walls

blueprint = Blueprint("outgoing", __name__, template_folder="templates")
KEEPERS = ("seal", "compliance", "director")


@blueprint.get("/letters")
@auth.with_role(*KEEPERS)
def index() -> str:
    """Every letter, the newest first; those of a case that somebody is walled off from do not exist for them."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        found = [each for each in outgoing_letters.list_letters(read) if not walls.keeps_out(read, each.lead_id, actor)]
    return render_template("outgoing/index.html", letters=found, words=outgoing_letters, may_void="seal" in actor.roles)


@blueprint.post("/letters/<letter_id>/void")
@auth.with_role("seal")
def void(letter_id: str) -> AnyResponse:
    """Take sealed paper back that must not go out."""
    actor, reason = auth.current_actor(), request.form.get("reason", "").strip()
    with auth.firm().reading() as read:
        letter = outgoing_letters.find_letter(read, letter_id)
        if letter is None or walls.keeps_out(read, letter.lead_id, actor):
            abort(404)
    if not reason:
        flash(_("Please say why the letter is void."), "error")
        return redirect(url_for("outgoing.index"), 303)
    try:
        auth.firm().run(RunOperation("letters.void_outgoing", {"letter_id": letter_id, "reason": reason}), actor)
    except JuanzongError as error:
        flash(say(error), "error")
    else:
        flash(_("The letter is void; its number stays in the register."))
    return redirect(url_for("outgoing.index"), 303)
