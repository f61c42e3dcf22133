"""A running matter with its fees collected, and the diagrams of everything that may happen to money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import engine.queries as queries
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import documents, fees, invoices, receipts

DIAGRAMS = (
    "fees", "fee_receipt", "fee_arrears", "fee_collection", "invoice_request", "invoice_correction", "client_costs", "fee_refund",
    "complaint_refund", "risk_settlement", "time_billing", "time_bill", "fee_list_month", "fee_list", "money_suspense",
)  # fmt: skip


class MoneyCase(Case):
    """A running matter; ``item()`` is its first payment."""

    contract_id: str
    matter_id: str

    def sign(self, **terms: Any) -> None:
        self.register()
        self.contract_id = sign_contract(self, **terms)
        self.matter_id = open_case(self, self.contract_id)["matter_id"]
        self.settle()

    def begin(self, process_key: str, login: str = "lawyer1", **data: Any) -> None:
        """Begin a process by hand on the case."""
        self.start(process_key, starter_id=self.cast[login].id, contract_id=self.contract_id, matter_id=self.matter_id, **data)

    def follow(self, process_key: str) -> None:
        """From here on the case is the newest instance of a process."""
        with self.firm.reading() as session:
            found = queries.list_instances(session, process_key=process_key)
        self.instance_id = max(found, key=lambda row: row.id).id

    def items(self) -> list[fees.FeeItem]:
        with self.firm.reading() as session:
            return fees.list_fee_items(session, self.contract_id)

    def receive(self, amount: str = "60000") -> None:
        """The first payment is planned, received and checked, by the records alone."""
        self.run(lambda context: fees.plan_fees(context, self.contract_id))
        item = self.items()[0]

        def register(context: Any) -> str:
            return receipts.register_receipt(
                context, item.id, amount=Decimal(amount), received_on=date(2026, 11, 24), channel="bank", reference="1",
                payer_name="张三", third_party=False, payer_relation="", payer_account="6222 0001",
            ).id  # fmt: skip

        receipt_id = self.run(register, "finance")
        self.run(lambda context: receipts.check_receipt(context, receipt_id, accepted=True, comment=""), "finance2")

    def invoice(self, number: str = "26112000000000000001", amount: str = "60000") -> str:
        """An invoice for the first payment."""
        def issue(context: Any) -> str:
            return invoices.issue_invoice(
                context, self.items()[0].id, code="", number=number, title="张三", tax_id="", item="律师服务费",
                amount=Decimal(amount), tax_rate="6", issued_on=date(2026, 11, 24),
            ).id  # fmt: skip

        return str(self.run(issue, "finance"))

    def upload(self, login: str = "lawyer1", title: str = "凭证") -> str:
        given = {"kind": "upload", "title": title, "media_type": documents.TEXT, "content": title.encode()}
        return str(self.run(lambda context: documents.add_document(context, lead_id=self.lead_id, **given).id, login))


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *DIAGRAMS)
    yield MoneyCase(engine)
    engine.database.dispose()
