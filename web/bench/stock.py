"""SpiffWorkflow as it comes: load, run one user task, save, in the same kind of database."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer import DEFAULT_CONFIG
from SpiffWorkflow.util.task import TaskState


class Environment(TaskDataEnvironment):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """Answers the service task of the benchmark."""

    def call_service(self, task_data: dict[str, Any], **kwargs: Any) -> str:
        return '{"sheets": 2}'


def open_database(path: Path) -> sqlite3.Connection:
    """A connection with the settings of the product: WAL, synchronous FULL."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS stock_instances (id INTEGER PRIMARY KEY, state TEXT NOT NULL)")
    return connection


def measure(path: Path, diagram: bytes, values: dict[str, Any], completions: int) -> list[float]:
    """The milliseconds of each completion of an instance: load, complete, run on, save, commit."""
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(etree.fromstring(diagram), "bench")
    workflow = BpmnWorkflow(parser.get_spec("bench"), script_engine=PythonScriptEngine(Environment()))
    workflow.do_engine_steps()
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(DEFAULT_CONFIG))
    connection = open_database(path)
    connection.execute("INSERT INTO stock_instances VALUES (1, ?)", (serializer.serialize_json(workflow),))
    spans = []
    for _ in range(completions):
        begin = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        stored = connection.execute("SELECT state FROM stock_instances WHERE id = 1").fetchone()[0]
        workflow = serializer.deserialize_json(stored)
        workflow.script_engine = PythonScriptEngine(Environment())
        task = next(each for each in workflow.get_tasks(state=TaskState.READY) if each.task_spec.manual)
        task.data.update(values)
        task.run()
        workflow.do_engine_steps()
        connection.execute("UPDATE stock_instances SET state = ? WHERE id = 1", (serializer.serialize_json(workflow),))
        connection.execute("COMMIT")
        spans.append((time.perf_counter() - begin) * 1000)
    connection.close()
    return spans


def read_size(path: Path, instance_id: str) -> int:
    """The bytes that one of our instances' state takes."""
    with sqlite3.connect(path) as connection:
        return int(connection.execute("SELECT length(snapshot) FROM instances WHERE id = ?", (instance_id,)).fetchone()[0])
