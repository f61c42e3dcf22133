"""A running matter whose client acts through links: where confirmations, documents, choices and questions begin."""

from __future__ import annotations

from typing import Any

from engine import SYSTEM, ReceiveMessage, queries
from tests.workflows.client_case import ClientCase
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import communications, documents


class ServiceCase(ClientCase):
    """Like ``ClientCase``, with a signed contract and a running matter."""

    matter_id = ""

    def begin_matter(self, *, matter_type: str = "civil", **terms: Any) -> None:
        """Register the lead, sign the contract, open the matter."""
        self.register()
        made = open_case(self, sign_contract(self, **terms), matter_type)
        self.matter_id, self.volume_id = made["matter_id"], made["volume_id"]

    def begin(self, process_key: str, login: str = "lawyer1", **data: Any) -> None:
        """Begin a process by hand, as the case's page does."""
        self.start(process_key, matter_id=self.matter_id, starter_id=self.cast[login].id, **data)

    def tell(self, name: str, correlation: str = "", **payload: Any) -> str:
        """Send a message; returns the instance that it started or woke."""
        common = {
            "matter_id": self.matter_id, "lead_id": self.lead_id, "lawyer_id": self.cast["lawyer1"].id,
            "client_name": "张三", "matter_type": "civil", "title": "张三 · 买卖合同纠纷",
        }  # fmt: skip
        reached = self.firm.run(ReceiveMessage(name, correlation or self.matter_id, {**common, **payload}), SYSTEM)
        self.settle()
        self.instance_id = reached[0] if reached else ""
        return self.instance_id

    def follow(self, process_key: str) -> None:
        """Turn to the newest running instance of a process."""
        with self.firm.reading() as session:
            found = [row for row in queries.list_instances(session) if row.process_key == process_key]
        assert found, f"no {process_key} was started"
        self.instance_id = max(found, key=lambda row: row.id).id

    def log(self) -> list[communications.Communication]:
        with self.firm.reading() as session:
            return communications.list_communications(session, self.lead_id)

    def papers(self, kind: str) -> list[documents.Document]:
        """The documents of a kind that count, oldest first."""
        with self.firm.reading() as session:
            return [each for each in documents.list_documents(session, self.lead_id, kind=kind) if each.media_type == documents.PDF]

    def read(self, document_id: str) -> bytes:
        with self.firm.reading() as session:
            return documents.read_content(session, document_id)


def open_service_case(database_url: str, clock: Any, folder: Any, *names: str) -> ServiceCase:
    """A firm with these diagrams and nothing in it yet."""
    return ServiceCase(open_small_firm(database_url, clock, folder, *names))
