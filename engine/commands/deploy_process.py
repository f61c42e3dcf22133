"""Deploy diagrams: each that changed becomes a new immutable version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select

from engine.access import check_power
from engine.bundle import NS, Bundle, parse_xml
from engine.context import Context
from engine.db import new_id
from engine.errors import DeployRefused
from engine.lint import Finding, check_bundle
from engine.spiff.parser import ModelRefused, called_processes, message_starts, process_key
from engine.tables import Definition, MessageStart


@dataclass(frozen=True)
class Deployed:
    """What became of one bundle; ``changed`` is False when its newest version means the same."""

    process_key: str
    version: int
    definition_id: str
    changed: bool


@dataclass(frozen=True)
class DeployProcess:
    """Deploy bundles together; all or none. Raises ``DeployRefused`` with every finding of every bundle."""

    bundles: tuple[Bundle, ...]
    comment: str = ""

    def execute(self, context: Context) -> list[Deployed]:
        check_power(context, "deploy")
        session = context.session
        known = set(session.scalars(select(Definition.process_key).distinct()))
        findings: list[Finding] = []
        keyed: dict[str, Bundle] = {}
        for bundle in self.bundles:
            try:
                keyed[process_key(bundle)] = bundle
            except ModelRefused as refused:
                findings.append(Finding.of(bundle.name, "", "", "parse", refused.reason))
        for bundle in keyed.values():
            findings += check_bundle(
                bundle,
                registry=context.registry,
                checks=context.checks,
                known_processes=known | keyed.keys(),
                lane_roles=context.lane_roles,
            )
        if any(finding.severity == "error" for finding in findings):
            raise DeployRefused(findings)
        return [self.deploy(context, key, bundle) for key, bundle in keyed.items()]

    def deploy(self, context: Context, key: str, bundle: Bundle) -> Deployed:
        session = context.session
        newest = session.scalars(
            select(Definition).where(Definition.process_key == key).order_by(Definition.version.desc()).limit(1)
        ).first()
        if newest is not None and newest.digest == bundle.digest:
            return Deployed(key, newest.version, newest.id, changed=False)
        version = (session.scalar(select(func.max(Definition.version)).where(Definition.process_key == key)) or 0) + 1
        row = self.row(context, key, version, bundle)
        session.execute(insert(Definition).values(**row))
        session.execute(delete(MessageStart).where(MessageStart.process_key == key))
        for name in row["message_starts"]:
            session.execute(insert(MessageStart).values(message=name, process_key=key))
        context.audit("process_deployed", f"process:{key}", version=version, digest=bundle.digest, comment=self.comment)
        return Deployed(key, version, row["id"], changed=True)

    def row(self, context: Context, key: str, version: int, bundle: Bundle) -> dict[str, Any]:
        name = parse_xml(bundle.source).xpath("string(/bpmn:definitions/bpmn:process[@id=$key]/@name)", key=key, namespaces=NS)
        return {
            "id": new_id(), "process_key": key, "version": version, "digest": bundle.digest, "name": str(name) or key,
            "file_name": bundle.name, "source": bundle.source,
            "decisions": {decision: source.decode("utf-8") for decision, source in bundle.decisions.items()},
            "forms": dict(bundle.forms), "called": called_processes(bundle), "message_starts": message_starts(bundle),
            "deployed_at": context.now, "deployed_by": context.actor.id, "comment": self.comment,
        }  # fmt: skip
