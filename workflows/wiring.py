"""The one place that puts the firm together: handlers, checks, tools, diagrams, engine."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import workflows.handlers
from engine import SYSTEM, Bundle, Clock, DeployProcess, Engine, Registry, open_engine, read_bundles
from workflows.records import documents, identifiers
from workflows.roles import LANE_ROLES

ROOT = Path(__file__).parent


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
) -> Engine:
    """Open the firm's engine on a database that is already migrated.

    ``data_dir`` holds what lives outside the database (archive packages, the firm's seal certificate); ``mail`` is the
    SMTP configuration (host, port, starttls, user, password, sender) or None to keep mails in the database only;
    ``fonts`` is a folder of CJK fonts for letters.
    """
    tools: dict[str, Any] = {"data_dir": data_dir, "public_url": public_url, "mail": mail, "fonts": fonts}
    engine = open_engine(
        database_url,
        clock=clock,
        registry=build_registry(),
        lane_roles=LANE_ROLES,
        checks=identifiers.CHECKS,
        tools=tools,
    )

    def read_document(document_id: str) -> bytes:
        with engine.reading() as session:
            return documents.read_content(session, document_id)

    # Effects perform with no transaction open; those that need a document's bytes read them in one of their own.
    tools["read_document"] = read_document
    return engine


def deploy_all(engine: Engine, comment: str = "") -> list[Any]:
    """Deploy every diagram in ``workflows/processes`` that changed; returns what the command returns."""
    return engine.run(DeployProcess(tuple(firm_bundles()), comment=comment), SYSTEM)
