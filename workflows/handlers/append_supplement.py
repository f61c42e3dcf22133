"""Adding documents to an archived volume (补充件, A24): a further bag beside the package, which stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import Context, Effect
from engine.clock import FIRM_ZONE
from engine.errors import NotFound, StateRefused
from engine.handlers import Variables
from workflows.records import documents, package_contents, package_parts, package_signature, packages, volumes


def prepare(context: Context, *, volume_id: str, document_ids: list[str], reason: str) -> dict[str, Any]:
    """List what goes into the supplement; the next number follows the last part and names its seal."""
    session = context.session
    volume, parts = volumes.get_volume(session, volume_id), package_parts.list_parts(session, volume_id)
    if not parts or volume.state in volumes.GONE:
        raise StateRefused(what=volume.title, old=volume.state, new="SUPPLEMENTED", reason="there is no package to add to")
    there = [documents.get_document(session, each) for each in document_ids]
    if not there or any(each.lead_id != volume.lead_id for each in there):
        raise NotFound(kind="document", id=", ".join(document_ids))
    number = len(parts)
    return {
        "volume_id": volume_id,
        "file_no": volume.file_no,
        "number": number,
        "previous": parts[-1].sha256,
        "files": [
            {"path": f"documents/{index:03d} {each.file_name}", "document_id": each.id, "sha256": each.sha256}
            for index, each in enumerate(there, 1)
        ],
        "metadata": package_contents.describe_supplement(session, volume, there, number, reason, context.now),
        "bag_info": package_contents.bag_info(volume, context.now.astimezone(FIRM_ZONE).date()),
        "reason": reason,
        "at": context.now.isoformat(),
    }


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Write the supplement and its second copy, or find them written and whole."""
    sha256, size = packages.append_supplement(
        packages.read_places(tools),
        payload["file_no"],
        payload["number"],
        payload["previous"],
        files=[packages.PackageFile(**file) for file in payload["files"]],
        metadata=package_contents.metadata_files(payload["metadata"]),
        bag_info=payload["bag_info"],
        read=tools["read_document"],
        sign=package_signature.signer_for(tools, datetime.fromisoformat(payload["at"])),
    )
    return {"sha256": sha256, "size": size}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Record the supplement; sets ``supplement_no`` and ``supplement_sha256``."""
    package_parts.record_part(
        context,
        payload["volume_id"],
        payload["number"],
        sha256=result["sha256"],
        size=result["size"],
        reason=payload["reason"],
        document_ids=[file["document_id"] for file in payload["files"]],
    )
    return {"supplement_no": payload["number"], "supplement_sha256": result["sha256"]}


HANDLERS = (Effect("volumes.append_supplement", prepare, perform, finish, title="追加补充件"),)
