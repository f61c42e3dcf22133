"""Bring a firm's old data in: keep a file, keep what its check found, accept it, write it in portions."""

from __future__ import annotations

import base64
from typing import Any

from engine import Context, Operation
from engine.errors import NotAllowed
from workflows.records import import_matters, import_writing, imports, volume_import
from workflows.records.import_tables import CLIENTS, MATTERS, PARTIES, RELATIONS, VOLUMES

#: who may bring data in from a page; the command line acts as the system
MAY_IMPORT = frozenset({"admin", "director"})
WRITERS: dict[str, import_writing.Writer] = {
    CLIENTS: import_writing.write_clients,
    MATTERS: import_matters.write_matters,
    PARTIES: import_writing.write_parties,
    RELATIONS: import_writing.write_relations,
    VOLUMES: volume_import.write_volumes,
}


def check_importer(context: Context) -> None:
    """Raise NotAllowed unless the actor may bring data in."""
    if context.actor.kind != "system" and not context.actor.roles & MAY_IMPORT:
        raise NotAllowed(reason="only the administrator or the director brings data in")


def upload(context: Context, *, file_name: str, content: str, kind: str = "") -> dict[str, str]:
    """Keep a file (base64) to be checked; gives the import's id."""
    check_importer(context)
    return {"import_id": imports.upload(context, file_name=file_name, content=base64.b64decode(content), kind=kind).id}


def keep_findings(context: Context, *, import_id: str, counts: dict[str, int], total: int, faults: list[dict[str, Any]]) -> None:
    """Keep what the check of a file has found."""
    check_importer(context)
    imports.keep_findings(context, import_id, counts=counts, total=total, faults=faults)


def refuse(context: Context, *, import_id: str, sentence: str, fields: dict[str, Any]) -> None:
    """Record that a file cannot be read."""
    check_importer(context)
    imports.refuse(context, import_id, sentence=sentence, fields=fields)


def accept(context: Context, *, import_id: str) -> None:
    """Let the good rows of a checked file be written."""
    check_importer(context)
    imports.accept(context, import_id)


def discard(context: Context, *, import_id: str) -> None:
    """Leave a file and forget what was in it."""
    check_importer(context)
    imports.discard(context, import_id)


def write_portion(context: Context, *, import_id: str, kind: str, rows: list[dict[str, Any]], before: int) -> None:
    """Write some rows of one kind and count them, in one transaction."""
    check_importer(context)
    imports.count_done(context, import_id, before=before, now=before + len(rows))
    left = WRITERS[kind](context, import_id, [row["cells"] for row in rows])
    faults = [
        {"kind": kind, "sheet": rows[place]["sheet"], "number": rows[place]["number"], "column": column, "code": code,
         "text": str(rows[place]["cells"].get(column, ""))[:200], "other_row": 0, "kept": False, "cells": rows[place]["cells"]}
        for place, code, column in left
    ]  # fmt: skip
    imports.add_faults(context, import_id, faults)


def finish(context: Context, *, import_id: str, part: int, parts: int) -> None:
    """Sort one part of the new names into the conflict index; the last part ends the import."""
    check_importer(context)
    import_writing.end_import(context, part, parts)
    if part == parts - 1:
        imports.finish(context, import_id)


HANDLERS = (
    Operation("imports.upload", upload, "上传待导入文件"),
    Operation("imports.keep_findings", keep_findings, "记录导入检查结果"),
    Operation("imports.refuse", refuse, "文件无法读取"),
    Operation("imports.accept", accept, "确认导入"),
    Operation("imports.discard", discard, "放弃导入"),
    Operation("imports.write_portion", write_portion, "写入导入数据"),
    Operation("imports.finish", finish, "完成导入"),
)
