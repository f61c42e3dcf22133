"""The deployed processes for those who draw them: versions, the diagram, and what the lint says of it. Reading only."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from werkzeug.wrappers import Response

from engine import Bundle, queries
from engine.lint import Finding, check_bundle
from web import auth
from web.outlines import read_outline
from workflows.records import identifiers
from workflows.roles import LANE_ROLES

blueprint = Blueprint("processes", __name__, template_folder="templates")


@blueprint.get("/processes")
@auth.with_role("designer", "admin", "director")
def index() -> str:
    """Every process with its newest version and how many run."""
    with auth.firm().reading() as read:
        found = [(row, running, read_outline(read, row.id)) for row, running in queries.list_definitions(read)]
    return render_template("processes/index.html", processes=found)


@blueprint.get("/processes/<process_key>")
@auth.with_role("designer", "admin", "director")
def process(process_key: str) -> str:
    """One process: its diagram, its versions, its findings."""
    with auth.firm().reading() as read:
        versions = queries.list_versions(read, process_key)
        if not versions:
            abort(404)
        known = {row.process_key for row, running in queries.list_definitions(read)}
        outline = read_outline(read, versions[0].id)
    findings = check(versions[0], known)
    return render_template("processes/process.html", versions=versions, outline=outline, findings=findings)


@blueprint.get("/processes/<process_key>/<int:version>.bpmn")
@auth.with_role("designer", "admin", "director")
def source(process_key: str, version: int) -> Response:
    """The BPMN of one version, to download."""
    with auth.firm().reading() as read:
        found = next((row for row in queries.list_versions(read, process_key) if row.version == version), None)
    if found is None:
        abort(404)
    headers = {"Content-Disposition": f"attachment; filename={process_key}-v{version}.bpmn"}
    return Response(found.source, mimetype="application/xml", headers=headers)


def check(row: queries.DefinitionRow, known: set[str]) -> list[Finding]:
    """What the lint says today of a version that was deployed."""
    decisions = {name: text.encode() for name, text in row.decisions.items()}
    bundle = Bundle(row.process_key, row.source, decisions, dict(row.forms))
    registry = auth.firm().registry
    return check_bundle(bundle, registry=registry, checks=identifiers.CHECKS, known_processes=known, lane_roles=LANE_ROLES)
