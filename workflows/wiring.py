"""The one place that puts the firm together: handlers, checks, tools, diagrams, engine."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import workflows.handlers
from engine import SYSTEM, Bundle, Clock, Deployed, DeployProcess, Engine, Registry, open_engine, queries, read_bundles
from engine.lint import Finding, check_bundle
from workflows import recounting
from workflows.records import archive_guards, conflict_secret, documents, identifiers, people, volume_guards
from workflows.roles import LANE_ROLES

ROOT = Path(__file__).parent
#: records that no handler names: guards that go into the database with its tables
GUARDS = (archive_guards, volume_guards)


def build_registry() -> Registry:
    """Every handler of every module in ``workflows/handlers``."""
    registry = Registry()
    for module in pkgutil.iter_modules(workflows.handlers.__path__):
        registry.add(importlib.import_module(f"workflows.handlers.{module.name}").HANDLERS)
    return registry


def firm_bundles(root: Path = ROOT) -> list[Bundle]:
    """Each diagram of a folder with exactly the forms and decision tables it names."""
    return read_bundles(root / "processes", root / "decisions", root / "forms")


def open_firm(
    database_url: str,
    *,
    clock: Clock | None = None,
    data_dir: Path,
    public_url: str = "http://127.0.0.1:8000",
    mail: Mapping[str, Any] | None = None,
    fonts: Path | None = None,
    archive_copy_dir: Path | None = None,
    archive_tsa_url: str = "",
) -> Engine:
    """Open the firm's engine on a database that is already migrated.

    ``data_dir`` holds what lives outside the database (archive packages, the firm's seal certificate, the key under which
    identity numbers are digested); ``mail`` is the SMTP configuration (host, port, starttls, user, password, sender) or None
    to keep mails in the database only; ``fonts`` is a folder of CJK fonts for letters;
    ``archive_copy_dir`` takes the second copy of archive packages, ``archive_tsa_url`` is an RFC 3161 time-stamping authority.
    """
    tools = {"data_dir": data_dir, "public_url": public_url, "mail": mail, "fonts": fonts}
    tools |= {"archive_copy_dir": archive_copy_dir, "archive_tsa_url": archive_tsa_url}
    engine = open_engine(
        database_url,
        clock=clock,
        registry=build_registry(),
        lane_roles=LANE_ROLES,
        checks=identifiers.CHECKS,
        tools=tools,
        names=people.find_name,
    )

    # Digests of identity numbers are keyed by a file beside the database, not in it.
    option = {conflict_secret.OPTION: data_dir / conflict_secret.FILE}
    engine.database, engine.readers = (each.execution_options(**option) for each in (engine.database, engine.readers))

    def read_document(document_id: str) -> bytes:
        with engine.reading() as session:
            return documents.read_content(session, document_id)

    def describe_document(document_id: str) -> documents.Document:
        with engine.reading() as session:
            return documents.get_document(session, document_id)

    # Effects perform with no transaction open; those that need a document's bytes read them in one of their own.
    engine.tools = {
        **engine.tools,
        "read_document": read_document,
        "describe_document": describe_document,
        "recount_working_days": lambda: recounting.recount(engine),
    }
    return engine


def deployable_bundles(root: Path = ROOT) -> tuple[list[Bundle], dict[str, list[Finding]]]:
    """The diagrams of a folder that can run together, and the errors of those held back (or that call one held back)."""
    registry = build_registry()
    ready = {bundle.name: bundle for bundle in firm_bundles(root)}
    held: dict[str, list[Finding]] = {}
    while True:
        refused = {}
        for name, bundle in ready.items():
            findings = check_bundle(
                bundle, registry=registry, checks=identifiers.CHECKS, known_processes=ready.keys(), lane_roles=LANE_ROLES
            )
            errors = [finding for finding in findings if finding.severity == "error"]
            if errors:
                refused[name] = errors
        if not refused:
            return list(ready.values()), held
        held |= refused
        ready = {name: bundle for name, bundle in ready.items() if name not in refused}


def deploy_changed(engine: Engine, root: Path = ROOT) -> tuple[list[Deployed], dict[str, list[Finding]]]:
    """Deploy the diagrams of a folder that can run, unless the newest versions mean the same already; and what is held back."""
    with engine.reading() as session:
        newest = {row.process_key: row.digest for row, _running in queries.list_definitions(session)}
    if all(newest.get(bundle.name) == bundle.digest for bundle in firm_bundles(root)):
        return [], {}
    ready, held = deployable_bundles(root)
    done: list[Deployed] = engine.run(DeployProcess(tuple(ready), comment="juanzong deploy"), SYSTEM)
    return [each for each in done if each.changed], held
