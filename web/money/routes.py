"""Money in suspense over all cases, for finance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import FIRM_ZONE, RunOperation
from web import auth
from web.i18n import translate as _
from workflows.records import money, receipts, suspense

blueprint = Blueprint("money", __name__, template_folder="templates", url_prefix="/money")


@blueprint.get("")
@auth.with_role("finance")
def index() -> str:
    """What waits, what was settled, and the form."""
    return page()


def page(notice: str = "", typed: dict[str, str] | None = None) -> str:
    """The list, with what was typed when an entry was refused."""
    today = auth.firm().clock.now().astimezone(FIRM_ZONE).date().isoformat()
    with auth.firm().reading() as read:
        rows = suspense.list_money(read)
    names = {"states": suspense.STATE_NAMES, "reasons": suspense.REASON_NAMES, "channels": receipts.CHANNELS}
    shown = {"rows": rows, "figures": money.in_figures, "notice": notice, "typed": typed or {"received_on": today}}
    return render_template("money/index.html", **shown, **names)


@blueprint.post("")
@auth.with_role("finance")
def note() -> Response | tuple[str, int]:
    """Note money of unknown origin."""
    fields = ("amount", "received_on", "channel", "reference", "payer_name", "payer_account")
    typed = {name: request.form.get(name, "").strip()[:120] for name in fields}
    if not _is_whole(typed):
        return page(_("Please fill in amount, day, reference and payer."), typed), 422
    auth.firm().run(RunOperation("money.note", typed), auth.current_actor())
    return redirect(url_for("money.index", noted=1))


def _is_whole(typed: dict[str, str]) -> bool:
    """Whether the entry can be kept: a positive amount, a day that has come, a reference and a payer."""
    try:
        amount, on = money.to_decimal(typed["amount"]), date.fromisoformat(typed["received_on"])
    except ValueError:
        return False
    known = typed["channel"] in receipts.CHANNELS and bool(typed["reference"]) and bool(typed["payer_name"])
    today = auth.firm().clock.now().astimezone(FIRM_ZONE).date()
    return amount >= Decimal("0.01") and on <= today and known
