"""A case whose client acts through the links that the firm really sent."""

from __future__ import annotations

from typing import Any

import engine.queries as queries
from engine import Actor, CompleteTask, Context
from engine.process import ProcessServices, model_of
from engine.spiff import runner
from engine.tables import Instance
from tests.workflows.casework import Case
from workflows.records import leads, links, mails


class ClientCase(Case):
    """Like ``Case``; the client holds the newest link to the task, and the lead stands where the process begins."""

    def register(self, *, state: str = "ASSESS", **outline: Any) -> str:
        lead_id = super().register(**outline)
        self.run(lambda context: setattr(leads.get_lead(context.session, lead_id), "state", state))
        return lead_id

    def actor(self, login: str, element_id: str = "") -> Actor:
        return links.link_actor(self.link(element_id)) if login == "client" else super().actor(login, element_id)

    def link(self, element_id: str) -> links.Link:
        """The newest link to a task of this case."""
        return next(link for link in self.links() if link.element_id == element_id)

    def links(self) -> list[links.Link]:
        with self.firm.reading() as session:
            return links.list_links(session, self.lead_id)

    def lead_state(self) -> str:
        with self.firm.reading() as session:
            return leads.get_lead(session, self.lead_id).state

    def sent(self) -> list[str]:
        """The subjects of the mails that went out, oldest first."""
        with self.firm.reading() as session:
            return [mail.subject for mail in reversed(mails.list_mails(session))]

    def result(self, name: str) -> Any:
        """A process variable of the instance after its end."""

        def read(context: Context) -> Any:
            row = context.session.get_one(Instance, self.instance_id)
            model = model_of(context, row.definition_id, row.pins)
            services = ProcessServices(context, self.instance_id)
            return runner.resume(model, row.snapshot, services, context.now).data.get(name)

        return self.run(read)

    def consent_instances(self) -> dict[str, str]:
        """The running processes that ask clients, by the client's case file."""
        with self.firm.reading() as session:
            rows = queries.list_instances(session, process_key="conflict_consent")
            found = {}
            for row in rows:
                tasks = queries.list_open_tasks(session, row.id)
                if tasks:
                    found[queries.get_task(session, tasks[0].id, self.cast["admin"]).data["lead_id"]] = row.id
        return found

    def ask(self, login: str, element_id: str, values: dict[str, Any], lead_id: str = "") -> None:
        """Complete a task of the process that asks the client of a case file; the new client's unless told otherwise."""
        lead_id = lead_id or self.lead_id
        instance_id = self.consent_instances()[lead_id]
        with self.firm.reading() as session:
            task_id = queries.find_open_task(session, instance_id, element_id)
            found = [each for each in links.list_links(session, lead_id) if each.element_id == element_id]
        assert task_id is not None, f"{element_id} is not open"
        actor = links.link_actor(found[0]) if login == "client" else self.cast[login]
        self.firm.run(CompleteTask(task_id, values), actor)
        self.settle()

    def asked(self, lead_id: str = "") -> set[str]:
        """The open tasks of the process that asks a client."""
        instance_id = self.consent_instances().get(lead_id or self.lead_id)
        if instance_id is None:
            return set()
        with self.firm.reading() as session:
            return {task.element_id for task in queries.list_open_tasks(session, instance_id)}

    def prefilled(self, login: str, element_id: str, lead_id: str = "") -> dict[str, Any]:
        """What a form of the process that asks a client shows."""
        instance_id = self.consent_instances()[lead_id or self.lead_id]
        with self.firm.reading() as session:
            task_id = queries.find_open_task(session, instance_id, element_id)
            found = [each for each in links.list_links(session, lead_id or self.lead_id) if each.element_id == element_id]
        assert task_id is not None
        return self.firm.prefill(task_id, links.link_actor(found[0]) if login == "client" else self.cast[login])
