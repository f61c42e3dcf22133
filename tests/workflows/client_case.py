"""A case whose client acts through the links that the firm really sent."""

from __future__ import annotations

from typing import Any

from engine import Actor, Context
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
