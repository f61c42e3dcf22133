"""One task for its page: form, evidence, documents, progress, diagrams, history, and who else could do it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine import SYSTEM, Actor, queries
from engine.errors import NotAllowed
from engine.forms import fill_defaults
from web import auth
from web.forms import with_options
from web.inbox.choices import read_options
from web.inbox.desk import CaseDesk
from web.inbox.evidence import draw_panels
from web.inbox.listing import due_class, due_label
from web.outlines import Stage, progress, read_outline
from web.walled import find_case
from workflows.records import document_access, documents, people, walls

SHOWN_KINDS = ("user", "service", "decision", "repair")
SHOWN_STEPS = 8
SHOWN_HISTORY = 60


def read_task(task_id: str, actor: Actor) -> dict[str, Any]:
    """What the page of one task shows. Raises ``NotFound`` and ``NotAllowed``."""
    now = auth.firm().clock.now()
    with auth.firm().reading() as read:
        task = queries.get_task(read, task_id, actor)
        instance = queries.get_instance(read, task.row.instance_id)
        lead_id = find_lead(read, task, instance)
        if lead_id and walls.keeps_out(read, lead_id, actor):
            raise NotAllowed(reason="this task is for somebody else")
        outline = read_outline(read, task.definition_id)
        element = outline.elements.get(task.element_id)
        schema = with_options(task.schema, read_options(read, lead_id)) if task.schema else None
        return {
            "task": task, "schema": schema, "instance": instance, "selected": task_id, "now": now, "lead_id": lead_id,
            "due_label": due_label, "due_class": due_class, "process_name": outline.label,
            "instructions": element.help if element else "",
            "evidence": draw_panels(read, task.panels, lead_id, now, task.data),
            "documents": pair_papers(list_readable(read, lead_id, actor)),
            "stages": read_stages(read, instance),
            "diagrams": list_diagrams(read, task, instance),
            "history": read_history(read, instance),
            "starter": find_name(read, instance.started_by),
            "colleagues": list_colleagues(read, task, actor),
            "desk": CaseDesk(lead_id, actor),
        }  # fmt: skip


def find_lead(session: Session, task: queries.TaskView, instance: queries.InstanceView) -> str:
    """The case's lead; a finished task has no data any more, another one of its process tells. Empty before there is one."""
    known = task.data.get("lead_id") or find_case(session, task.row.instance_id)
    for row in [] if known else instance.tasks[:1]:
        known = queries.get_task(session, row.id, SYSTEM).data.get("lead_id")
    return str(known or "")


def find_name(session: Session, person_id: str) -> str:
    """The name of somebody of the firm, or nothing."""
    person = people.find_person(session, person_id)
    return person.name if person else ""


def list_readable(session: Session, lead_id: str, actor: Actor) -> list[documents.Document]:
    """The case's documents that somebody may open, newest first."""
    if not lead_id:
        return []
    found = documents.list_documents(session, lead_id)
    return [document for document in reversed(found) if document_access.may_read(session, document, actor)]


def pair_papers(found: list[documents.Document]) -> list[tuple[documents.Document, documents.Document | None]]:
    """Each paper with the Word file it was made of; a Word file without a paper stands for itself."""
    words = {(each.title, each.template_version, each.data_digest): each for each in found if is_word(each)}
    paired = []
    for each in found:
        if not is_word(each):
            paired.append((each, words.pop((each.title, each.template_version, each.data_digest), None)))
    alone = {each.id for each in words.values()}
    rest = [(each, None) for each in found if each.id in alone]
    return sorted([*paired, *rest], key=lambda pair: pair[0].created_at, reverse=True)


def is_word(document: documents.Document) -> bool:
    """Whether a document is a Word file."""
    return document.media_type.endswith("wordprocessingml.document")


def read_stages(session: Session, instance: queries.InstanceView) -> list[Stage]:
    """The progress line of the whole instance."""
    key = instance.process_key
    done = {step.element_id for step in instance.history if step.process_key == key and step.outcome == "completed"}
    return progress(read_outline(session, instance.definitions[key]), done, set(instance.active.get(key, [])))


def list_diagrams(session: Session, task: queries.TaskView, instance: queries.InstanceView) -> list[dict[str, Any]]:
    """The diagram of the task's process with its tokens, and that of the process which called it."""
    found = []
    for key in dict.fromkeys((task.row.process_key, instance.process_key)):
        definition_id = task.definition_id if key == task.row.process_key else instance.definitions[key]
        steps = [step for step in instance.history if step.process_key == key]
        found.append({
            "definition_id": definition_id,
            "name": read_outline(session, definition_id).label,
            "now": instance.active.get(key, []),
            "done": sorted({step.element_id for step in steps if step.outcome == "completed"}),
            "failed": [each.element_id for each in instance.incidents if each.state == "open" and each.process_key == key],
        })  # fmt: skip
    return found


def read_history(session: Session, instance: queries.InstanceView) -> list[dict[str, Any]]:
    """What happened, newest first, in the reader's language."""
    found = []
    for step in instance.history:
        if step.kind not in SHOWN_KINDS or step.outcome == "entered":
            continue
        definition_id = instance.definitions.get(step.process_key)
        element = read_outline(session, definition_id).elements.get(step.element_id) if definition_id else None
        name = (element.label if element else "") or step.name
        found.append({"name": name, "actor_name": step.actor_name, "is_person": step.kind == "user", "at": step.at})
    return found[:SHOWN_HISTORY]


def list_colleagues(session: Session, task: queries.TaskView, actor: Actor) -> list[people.Person]:
    """To whom a task can be handed: the people of its role that nothing keeps from it."""
    if task.state != "open" or not (task.may_act or actor.roles & {"admin", "director"}):
        return []
    kept = {*task.excluded, task.row.assignee}
    return [each for each in people.list_people(session, task.row.role) if each.id not in kept and each.id != actor.id]


def first_values(task: queries.TaskView, actor: Actor) -> dict[str, Any]:
    """The draft, else what was submitted, else what the prefill and the form's defaults give."""
    if task.draft is not None:
        return task.draft
    if task.submitted is not None:
        return task.submitted
    given = auth.firm().prefill(task.row.id, actor) if task.state == "open" else {}
    return fill_defaults(task.schema or {}, given)
