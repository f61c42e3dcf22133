"""The firm with the closing diagram, and a matter whose work is done."""

from __future__ import annotations

from typing import Any

import pytest

from engine import RunOperation
from tests.workflows.client_case import ClientCase
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import closings, documents, matters

APPLICATION: dict[str, Any] = {
    "close_reason": "judgment",
    "closing_date": "2026-11-20",
    "result_summary": "判决被告支付货款三百万元及利息",
    "amount_realised": "3000000",
    "rights": [{"right": "enforcement", "until": "2028-12-05", "right_note": "履行期限届满后两年内"}],
    "remaining_obligations": "",
}
SUMMARY: dict[str, Any] = {
    "facts": "被告收货后一年未付货款，争议焦点为货物质量是否合格。",
    "work_done": "起诉、保全、两次开庭、提交代理词，取得判决。",
    "hours": "52.5",
    "views_adopted": "all",
    "expectation_compared": "客户期望收回全部货款，判决全部支持。",
    "lessons": "及时保全是回款的关键。",
}
APPROVE: dict[str, Any] = {"quality": "4", "decision": "APPROVE", "override_reason": "客户已书面承诺月底付清"}
RETURN: dict[str, Any] = {"quality": "3", "decision": "RETURN", "return_reason": "请补充办理经过"}
SETTLE: dict[str, Any] = {
    "settlement": "outstanding",
    "settlement_amount": "60000",
    "settlement_note": "客户于2026年12月31日前付清",
    "client_money_zero": True,
}
DELIVERY: dict[str, Any] = {
    "originals": [{"original_name": "送货单", "original_copies": "3", "returned": "yes"}],
    "process_note": "起诉、保全、开庭，取得判决。",
    "result_note": "判决被告支付货款三百万元及利息，判决已生效。",
    "client_notes": "请在履行期限届满后两年内申请执行。\n请妥善保管判决书原件。",
}
RECEIPT: dict[str, Any] = {
    "receipt_decision": "RECEIVED",
    "list_received": True,
    "understood": True,
    "client_comment": "谢谢",
    "signer_name": "张三",
    "signature": "张三",
    "_proof": {"address": "192.0.2.7"},
}
OBJECTION: dict[str, Any] = {"receipt_decision": "OBJECTION", "objection": "清单漏了保全裁定书"}
MAIL: dict[str, Any] = {
    "carrier": "EMS",
    "tracking_no": "EX123456789CN",
    "address": "示范市示范区一号",
    "sent_on": "2026-11-24",
    "outcome": "delivered",
}


class ClosingCase(ClientCase):
    """A running matter that the lifecycle has just asked to be closed."""

    def open_matter(self, **plan: Any) -> None:
        self.register(state="CONVERTED")
        self.matter = open_case(self, sign_contract(self), **plan)
        self.matter_id = self.matter["matter_id"]
        self.begin()

    def begin(self) -> None:
        self.start("closing", matter_id=self.matter_id)

    def until_review(self) -> None:
        self.do("lawyer1", "Task_Apply", APPLICATION)
        self.summarise()

    def summarise(self) -> None:
        rows = self.first_values("Task_Summary", "lawyer1")["open_items"]
        plans = [{**row, "plan": "移交财务跟进"} for row in rows]
        self.do("lawyer1", "Task_Summary", {**SUMMARY, "open_items": plans})

    def until_delivery(self) -> None:
        self.until_review()
        self.do("partner1", "Task_Review", APPROVE)
        self.do("finance", "Task_Settle", SETTLE if self.unpaid() else {"settlement": "settled", "client_money_zero": True})

    def until_receipt(self) -> None:
        self.until_delivery()
        self.deliver()

    def deliver(self) -> None:
        file = {"kind": "judgment", "name": "民事判决书", "copies": "1", "form": "original", "files": [self.upload("判决")]}
        self.do("lawyer1", "Task_Deliver", {**DELIVERY, "deliverables": [file]})

    def upload(self, title: str, login: str = "lawyer1") -> str:
        values = {"lead_id": self.lead_id, "name": f"{title}.pdf", "content": make_pdf(1, title)}
        return str(self.firm.run(RunOperation("documents.upload", values), self.cast[login])["document_id"])

    def unpaid(self) -> bool:
        return any(item["kind"] == "unpaid" for item in self.closing().open_items)

    def closing(self) -> closings.Closing:
        with self.firm.reading() as session:
            return closings.get_closing(session, self.lead_id)

    def matter_state(self) -> str:
        with self.firm.reading() as session:
            return matters.get_matter(session, self.matter_id).state

    def slots(self) -> dict[str, list[documents.Document]]:
        """What lies in the volume, by place."""
        found: dict[str, list[documents.Document]] = {}
        with self.firm.reading() as session:
            for document in documents.list_documents(session, self.lead_id):
                if document.slot:
                    found.setdefault(document.slot, []).append(document)
        return found


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "closing")
    made = ClosingCase(engine)
    made.open_matter()
    yield made
    engine.database.dispose()
