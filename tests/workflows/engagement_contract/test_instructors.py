"""Who else than the client may instruct the firm: written into the contract, and asked again at each confirmation."""

from __future__ import annotations

import pytest

from tests.workflows.casework import SIGNATURE, TERMS
from tests.workflows.engagement_contract.test_paths import SEAL, to_signing
from tests.workflows.pdf_text import read_text
from workflows.records import documents, signers

NAMED = {**TERMS, "instructors": [{"name": "李四", "position": "财务负责人"}]}


def entitled(case):
    with case.firm.reading() as session:
        return [signer.name for signer in signers.list_signers(session, case.lead_id)]


@pytest.mark.requirement("R31")
def test_whom_the_contract_names_signs_for_the_client_once_it_is_signed(case):
    to_signing(case, NAMED)
    with case.firm.reading() as session:
        text = read_text(documents.read_content(session, documents.find_latest(session, case.lead_id, "engagement_contract").id))
    assert "李四（财务负责人）" in text
    assert entitled(case) == ["张三"]  # a draft entitles nobody
    case.do("client", "Task_ClientSigns", SIGNATURE)
    case.do("desk", "Task_ApplySeal", SEAL)
    assert entitled(case) == ["张三", "李四"]


def test_without_anybody_named_the_contract_has_no_such_clause(case):
    to_signing(case)
    with case.firm.reading() as session:
        text = read_text(documents.read_content(session, documents.find_latest(session, case.lead_id, "engagement_contract").id))
    assert "指示与确认" not in text
