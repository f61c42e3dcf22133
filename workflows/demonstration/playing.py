"""Plays the stories: moves the clock from event to event, and lets people finish what waits for them after a plausible while."""

from __future__ import annotations

import heapq
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

import structlog
from pypdf import PdfWriter

from engine import FIRM_ZONE, Actor, CompleteTask, Engine, FrozenClock, RunOperation, StartInstance, queries, sweep
from engine.calendar import is_working_day
from engine.errors import FormInvalid, JuanzongError
from workflows.demonstration.answers import find_answer
from workflows.demonstration.filling import Desk, fill
from workflows.demonstration.stories import UNSET, Story, read_stories
from workflows.records import links, matters, people
from workflows.roles import PEOPLE_CHOICES

log = structlog.get_logger()
OPENS, CLOSES = time(9, 15), time(17, 15)
SLOW = timedelta(days=2)  # the longest somebody leaves a task
STANDING = frozenset({"client_contact"})  # what stays open for a client who has nothing to ask
PROOF = {"address": "192.0.2.7", "agent": "demo", "document_sha256": "", "documents": []}  # of a client's answer by link


@dataclass
class Player:
    """The firm's people and clients at work; ``report`` is told how far the history is (0 to 1)."""

    firm: Engine
    clock: FrozenClock
    until: datetime
    report: Callable[[float], None] = lambda share: None
    stories: list[Story] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    done: int = 0
    _queue: list[tuple[datetime, str]] = field(default_factory=list)
    _since: datetime = UNSET
    _seen: set[str] = field(default_factory=set)
    _by_instance: dict[str, Story] = field(default_factory=dict)
    _cast: dict[str, Actor] = field(default_factory=dict)
    _roles: dict[str, list[str]] = field(default_factory=dict)
    _rnd: Random = field(default_factory=lambda: Random(20261124))  # noqa: S311 - a play, the same each time

    def play(self) -> None:
        """Play everything up to the end."""
        self.stories = read_stories(self.until)
        with self.firm.reading() as session:
            everybody = people.list_people(session)
            self._cast = {person.id: people.person_actor(person) for person in everybody}
        for person in everybody:
            for role in person.roles:
                self._roles.setdefault(role, []).append(person.id)
        begun, first = 0, self.stories[0].starts_at
        while True:
            ahead = self.stories[begun].starts_at if begun < len(self.stories) else self.until
            moment = min(ahead, self._next_event())
            if moment >= self.until:
                break
            self.clock.move_to(max(moment, self.clock.now()))
            self.report((self.clock.now() - first) / (self.until - first))
            if begun < len(self.stories) and moment == ahead:
                self._begin(self.stories[begun])
                begun += 1
            elif self._queue and self._queue[0][0] <= self.clock.now():
                self._finish(heapq.heappop(self._queue)[1])
            self._settle()
        self.clock.move_to(self.until)

    def _next_event(self) -> datetime:
        with self.firm.reading() as session:
            timer = queries.next_timer_at(session)
        return min(self._queue[0][0] if self._queue else self.until, timer or self.until)

    def _settle(self) -> None:
        """Let the firm do what is due, and take note of the new tasks."""
        for _ in range(20):
            if not sweep(self.firm):
                break
        with self.firm.reading() as session:
            new = queries.list_new_tasks(session, self._since)
        for task in new:
            if task.id not in self._seen and task.process_key not in STANDING:
                self._seen.add(task.id)
                heapq.heappush(self._queue, (self._plausible(), task.id))
        self._since = self.clock.now()

    def _plausible(self) -> datetime:
        """When somebody gets to a task: in the firm's hours, mostly within the day."""
        spent = timedelta(minutes=self._rnd.choice((20, 45, 90, 180, 300, 600)))
        return in_hours(self.clock.now() + min(spent, SLOW), self._rnd.randint(0, 50))

    def _begin(self, story: Story) -> None:
        desk = self._cast[self._roles["desk"][0]]
        story.instance_id = self.firm.run(StartInstance("lifecycle"), desk)
        self._by_instance[story.instance_id] = story

    def _finish(self, task_id: str) -> None:
        """Let whoever may finish a task finish it; one that cannot be finished stays open."""
        with self.firm.reading() as session:
            admin = self._cast[self._roles["admin"][0]]
            task = queries.get_task(session, task_id, admin)
            if task.state != "open":
                return
            story = self._find_story(task)
            actors = self._find_actors(session, task, story)
        for actor in actors:
            try:
                self._complete(task, story, actor)
            except FormInvalid as invalid:
                self.refused[f"{task.row.process_key}/{task.element_id}: {_name_faults(invalid)}"] += 1
                return
            except JuanzongError as error:
                problem = f"{task.row.process_key}/{task.element_id}: {error}"
                continue
            self.done += 1
            self._follow(story)
            return
        self.refused[problem if actors else f"{task.row.process_key}/{task.element_id}: nobody"] += 1

    def _complete(self, task: queries.TaskView, story: Story, actor: Actor) -> None:
        today = self.clock.now().astimezone(FIRM_ZONE).date()
        first = self.firm.prefill(task.row.id, actor)
        told = find_answer(story, task.row.process_key, task.element_id, today, first)
        desk = Desk(today, self._choose, lambda: self._attach(story))
        values = fill(task.schema, first, told, desk) if task.schema else told
        if actor.kind == "link":
            values["_proof"] = {**PROOF, "at": self.clock.now().isoformat()}
        self.firm.run(CompleteTask(task.row.id, values), actor)

    def _find_story(self, task: queries.TaskView) -> Story:
        known = self._by_instance.get(task.row.instance_id)
        lead_id = str(task.data.get("lead_id") or "")
        if known is None:
            known = next((story for story in self.stories if lead_id and story.lead_id == lead_id), self.stories[0])
            self._by_instance[task.row.instance_id] = known
        if lead_id and not known.lead_id:
            known.lead_id = lead_id
        return known

    def _find_actors(self, session: Any, task: queries.TaskView, story: Story) -> list[Actor]:
        """Who may finish a task: the client by link, the assignee, else the people of the role in turn."""
        if task.row.role == "client":
            found = [link for link in links.list_links(session, story.lead_id) if link.element_id == task.element_id]
            open_ones = [link for link in found if link.state(self.clock.now()) == links.OPEN]
            return [links.link_actor(max(open_ones, key=lambda link: link.id))] if open_ones else []
        if task.row.assignee in self._cast:
            return [self._cast[str(task.row.assignee)]]
        group = self._roles.get(task.row.role, [])
        turn = story.number % max(1, len(group))
        return [self._cast[person] for person in group[turn:] + group[:turn]]

    def _choose(self, name: str) -> list[str]:
        roles = PEOPLE_CHOICES.get(name, ())
        found = [person for role in roles for person in self._roles.get(role, [])] if roles else list(self._cast)
        self._rnd.shuffle(found)
        return list(dict.fromkeys(found))

    def _attach(self, story: Story) -> str:
        """A file of the case."""
        given = {"lead_id": story.lead_id, "name": "材料.pdf", "content": sample_pdf()}
        lawyer = self._cast[self._roles["lawyer"][0]]
        return str(self.firm.run(RunOperation("documents.upload", given), lawyer)["document_id"])

    def _follow(self, story: Story) -> None:
        """Ask for the closing when the matter has run long enough."""
        if story.closing_asked or not story.runs or not story.lead_id:
            return
        with self.firm.reading() as session:
            matter = matters.find_matter_by_lead(session, story.lead_id)
        if matter and matter.activated_at and self.clock.now() - matter.activated_at > timedelta(days=story.runs):
            story.closing_asked = True
            operation = RunOperation("matters.request_closing", {"matter_id": matter.id})
            try:
                self.firm.run(operation, self._cast[matter.lawyer_id])
            except JuanzongError as error:
                self.refused[f"request_closing: {error}"] += 1


def _name_faults(invalid: FormInvalid) -> str:
    return ", ".join(f"{path} {errors[0].code}" for path, errors in sorted(invalid.errors.items()))


def in_hours(moment: datetime, minutes: int) -> datetime:
    """The moment itself in the firm's hours, else shortly after the firm opens next."""
    local = moment.astimezone(FIRM_ZONE)
    while not is_working_day(local.date()) or local.time() >= CLOSES:
        local = datetime.combine(local.date() + timedelta(days=1), OPENS, tzinfo=FIRM_ZONE) + timedelta(minutes=minutes)
    if local.time() < OPENS:
        local = datetime.combine(local.date(), OPENS, tzinfo=FIRM_ZONE) + timedelta(minutes=minutes)
    return local


def sample_pdf() -> bytes:
    """A page of A4 to attach where a form wants a file."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
