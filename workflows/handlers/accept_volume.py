"""Accepting a volume: the file number, the package, the place on the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import Completion, Context, Effect, Operation
from engine.clock import FIRM_ZONE
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import matters, package_contents, package_parts, package_signature, packages, volumes

WHERE = "Say where the volume stands."


def accept(context: Context, *, volume_id: str) -> Variables:
    """Give the file number (档号) and lock the volume; sets ``file_no``."""
    return {"file_no": volumes.accept(context, volume_id).file_no}


def prepare(context: Context, *, volume_id: str) -> dict[str, Any]:
    """List what goes into the package."""
    volume = volumes.get_volume(context.session, volume_id)
    return {
        "volume_id": volume_id,
        "file_no": volume.file_no,
        "files": [vars(file) for file in package_contents.list_files(context.session, volume)],
        "metadata": package_contents.describe(context.session, volume, context.now),
        "bag_info": package_contents.bag_info(volume, context.now.astimezone(FIRM_ZONE).date()),
        "at": context.now.isoformat(),
    }


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Write the package and its second copy, or find them written and whole."""
    sha256, size = packages.write_package(
        packages.read_places(tools),
        payload["file_no"],
        files=[packages.PackageFile(**file) for file in payload["files"]],
        metadata=package_contents.metadata_files(payload["metadata"]),
        bag_info=payload["bag_info"],
        read=tools["read_document"],
        sign=package_signature.signer_for(tools, datetime.fromisoformat(payload["at"])),
    )
    return {"sha256": sha256, "size": size}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Record the package; the matter is archived from here on. Sets ``package_sha256``."""
    volume = volumes.mark_packed(context, payload["volume_id"], sha256=result["sha256"], size=result["size"])
    package_parts.record_part(context, volume.id, 0, sha256=result["sha256"], size=result["size"])
    matters.archive_matter(context, volume.matter_id)
    return {"package_sha256": result["sha256"]}


def shelve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Record where the volume stands."""
    if values["keeping"] == "electronic":
        location = "仅电子归档"
    else:
        parts = [("room", "库房"), ("rack", "架"), ("box", "盒"), ("barcode", "条码")]
        missing = [key for key, _ in parts[:3] if not values.get(key)]
        if missing:
            raise FormInvalid({key: [FieldError(WHERE)] for key in missing})
        location = " ".join(f"{name}{values[key]}" for key, name in parts if values.get(key))
    volumes.store(context, data["volume_id"], location)
    return {"volume_location": location}


HANDLERS = (
    Operation("volumes.accept", accept, title="赋档号并锁卷"),
    Effect("volumes.package", prepare, perform, finish, title="制作归档包"),
    Completion("volumes.shelve", shelve, title="入库上架"),
)
