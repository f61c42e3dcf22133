"""The store room's climate and the archive's statistics, with charts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE
from web import auth
from web.archive import words
from web.archive.blueprint import blueprint
from web.archive.registers import as_file
from web.archive.shelves import ROLES, run
from web.i18n import translate as _
from workflows.records import archive_statistics, archive_works, storage_checks

DAYS, WIDTH, HEIGHT = 92, 640, 160
COLDEST, WARMEST = 0, 40  # of the chart's scale
RANGE = ((-30, 60), (0, 100))


@blueprint.get("/archive/storage")
@auth.with_role(*ROLES, "desk")
def storage() -> str:
    """The readings of the last months, the checks and what was found."""
    return show_storage()


def show_storage(error: str = "", typed: dict[str, str] | None = None) -> str:
    """The store room's page, with what was typed when a reading was refused."""
    now = auth.firm().clock.now()
    limits = storage_checks.read_limits(now.astimezone(FIRM_ZONE).date())
    with auth.firm().reading() as read:
        readings = storage_checks.list_readings(read, since=now - timedelta(days=DAYS))
        checks = archive_works.list_works(read, archive_works.STORAGE)
    charts = {
        "temperature": draw([float(each.temperature) for each in readings], COLDEST, WARMEST, (limits.low, limits.high)),
        "humidity": draw([each.humidity for each in readings], 0, 100, (limits.dry, limits.wet)),
    }
    may_add = bool(storage_checks.MAY_READ_OFF & auth.current_actor().roles)
    shown: dict[str, Any] = {"readings": readings[::-1], "checks": checks, "limits": limits, "charts": charts, "may_add": may_add}
    return render_template("archive/storage.html", **shown, error=error, typed=typed or {})


def draw(values: list[float] | list[int], low: float, high: float, band: tuple[int, int]) -> dict[str, Any]:
    """A line over the chart with the band in which the values should lie."""

    def level(value: float) -> float:
        return round(HEIGHT - (min(max(value, low), high) - low) / (high - low) * HEIGHT, 1)

    step = WIDTH / max(1, len(values) - 1)
    points = [(round(at * step, 1), level(value)) for at, value in enumerate(values)]
    top, bottom = level(band[1]), level(band[0])
    outside = [point for point, value in zip(points, values, strict=True) if not band[0] <= value <= band[1]]
    return {"points": points, "top": top, "height": bottom - top, "outside": outside, "band": band}


@blueprint.post("/archive/storage")
@auth.with_role("archivist", "desk")
def add_reading() -> AnyResponse | tuple[str, int]:
    """Keep a reading of thermometer and hygrometer."""
    typed = request.form.to_dict()
    try:
        temperature, humidity = Decimal(typed.get("temperature", "")), Decimal(typed.get("humidity", ""))
    except InvalidOperation:
        return show_storage(_("Give temperature and humidity as numbers."), typed), 422
    given = (temperature, humidity)
    if not all(value.is_finite() and least <= value <= most for value, (least, most) in zip(given, RANGE, strict=True)):
        return show_storage(_("This is no reading of a store room."), typed), 422
    run("storage.read_off", room=typed.get("room", "").strip(), temperature=str(temperature), humidity=int(humidity))
    return redirect(url_for("archive.storage"), 303)


@blueprint.get("/archive/statistics")
@auth.with_role(*ROLES)
def statistics() -> str:
    """The figures of a year: as they were signed, else as they stand now."""
    year, figures, work, years = read_year()
    return render_template(
        "archive/statistics.html",
        year=year,
        figures=figures,
        work=work,
        years=years,
        words=words,
        names=archive_statistics.FIGURES,
    )


def read_year() -> tuple[int, dict[str, Any], archive_works.ArchiveWork | None, list[int]]:
    """The year asked for with its figures, its work, and the years there are to choose."""
    this = auth.firm().clock.now().astimezone(FIRM_ZONE).year
    asked = request.args.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and this - 60 <= int(asked) <= this else this
    with auth.firm().reading() as read:
        works = {each.period: each for each in archive_works.list_works(read, archive_works.STATISTICS)}
        work = works.get(str(year))
        is_signed = bool(work and work.data.get("signature", {}).get("result") == "yes")
        figures = work.data["figures"] if work and is_signed else archive_statistics.count(read, year)
    return year, figures, work if is_signed else None, list(range(this, this - 10, -1))


@blueprint.get("/archive/statistics.<form>")
@auth.with_role(*ROLES)
def statistics_file(form: str) -> Response:
    """The figures of a year as CSV, XLSX or PDF."""
    if form not in ("csv", "xlsx", "pdf"):
        abort(404)
    year, figures, _work, _years = read_year()
    rows = [tuple(line) for line in archive_statistics.lines(figures, words.type_name)]
    return as_file(f"律师业务档案年度统计报表（{year}年）", (("项目", 3), ("数量", 2)), rows, form)
