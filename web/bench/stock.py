"""SpiffWorkflow as it comes: load, run one user task, save, in the same database."""

from __future__ import annotations

import time
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer import DEFAULT_CONFIG
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, bindparam, insert, select, update

STATES = Table("stock_instances", MetaData(), Column("id", Integer, primary_key=True), Column("state", Text, nullable=False))
LOAD = select(STATES.c.state).where(STATES.c.id == 1).with_for_update()
SAVE = update(STATES).where(STATES.c.id == 1).values(state=bindparam("text"))


class Environment(TaskDataEnvironment):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """Answers the service task of the benchmark."""

    def call_service(self, task_data: dict[str, Any], **kwargs: Any) -> str:
        return '{"sheets": 2}'


def measure(database: Engine, diagram: bytes, values: dict[str, Any], completions: int) -> list[float]:
    """The milliseconds of each completion of a new instance: load, complete, run on, save, commit."""
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(etree.fromstring(diagram), "bench")
    workflow = BpmnWorkflow(parser.get_spec("bench"), script_engine=PythonScriptEngine(Environment()))
    workflow.do_engine_steps()
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(DEFAULT_CONFIG))
    with database.begin() as connection:
        STATES.create(connection)
        connection.execute(insert(STATES), {"id": 1, "state": serializer.serialize_json(workflow)})
    spans = []
    for _ in range(completions):
        begin = time.perf_counter()
        with database.begin() as connection:
            workflow = serializer.deserialize_json(connection.execute(LOAD).scalar_one())
            workflow.script_engine = PythonScriptEngine(Environment())
            task = next(each for each in workflow.get_tasks(state=TaskState.READY) if each.task_spec.manual)
            task.data.update(values)
            task.run()
            workflow.do_engine_steps()
            connection.execute(SAVE, {"text": serializer.serialize_json(workflow)})
        spans.append((time.perf_counter() - begin) * 1000)
    with database.begin() as connection:
        STATES.drop(connection)
    return spans
