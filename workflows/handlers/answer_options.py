"""One client's choice among options: the link, reminders, the signed answer, the lapse; the last one ends the round."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import communications, documents, link_sending, links, option_facts, option_tables, signers

PURPOSE = "option_choice"
ELEMENT = "Task_ClientChooses"


def send(context: Context, *, option_answer_id: str, document_id: str, days: int) -> Variables:
    """The link to one client, first or again."""
    given = option_tables.get_answer(context.session, option_answer_id)
    table = option_tables.get_table(context.session, given.table_id)
    return link_sending.send(
        context,
        purpose=PURPOSE,
        element=ELEMENT,
        lead_id=table.lead_id,
        days=days,
        documents_shown=[document_id],
        name=given.client_name,
        to=given.client_email or None,
    )


def choose(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the choice with signature and proof."""
    given = option_tables.get_answer(context.session, data["option_answer_id"])
    table = option_tables.get_table(context.session, given.table_id)
    choice = str(values.get(f"choice{len(table.titles)}") or "")
    wrong = (
        signers.check_signer(context.session, table.lead_id, values["signer_name"]) if len(table.draft["clients"]) == 1 else {}
    )
    if not choice:
        wrong["choice2"] = [FieldError("required")]
    if wrong:
        raise FormInvalid(wrong)
    proof = dict(values.get("_proof") or {})
    proof["document_sha256"] = proof.get("document_sha256") or documents.get_document(context.session, data["document_id"]).sha256
    kept = {key: values.get(key) or "" for key in ("signer_name", "signer_position", "signature", "understood", "asks_lawyer")}
    own = choice == option_tables.OWN
    answer = option_tables.record_answer(
        context,
        given.id,
        choice=choice if own else table.titles[int(choice) - 1],
        own_option=(values.get("own_option") or "") if own else "",
        answer={**kept, "proof": proof},
    )
    communications.log_communication(
        context,
        lead_id=table.lead_id,
        matter_id=table.matter_id,
        channel="link",
        direction="in",
        summary=f"就“{table.topic}”选择：{answer.said}。理解：{values['understood']}",
        persons=[given.client_name],
        flags=("decision",),
    )
    links.use_own_link(context)
    _end_round(context, table.id)
    return {}


def read_choose(context: Context, data: Variables) -> dict[str, Any]:
    """The options, what the lawyer recommends, and the signer."""
    given = option_tables.get_answer(context.session, data["option_answer_id"])
    table = option_tables.get_table(context.session, given.table_id)
    return {
        "topic": table.topic,
        "option_text": option_facts.list_options(table),
        "advice": option_facts.advice(table),
        "objection_text": option_facts.objection(table) or None,
        "option_count": str(len(table.titles)),
        "signer_name": given.client_name,
    }


def lapse(context: Context, *, option_answer_id: str) -> Variables:
    """The client's time is over."""
    given = option_tables.lapse_answer(context, option_answer_id)
    links.revoke_task_links(context, context.instance_id or "", ELEMENT)
    _end_round(context, given.table_id)
    return {}


def _end_round(context: Context, table_id: str) -> None:
    """Tell the comparison what came of it when nobody is waited for any more."""
    answers = option_tables.list_answers(context.session, table_id)
    if not all(each.answered_at or each.lapsed_at for each in answers):
        return
    if any(each.lapsed_at for each in answers):
        outcome = "LAPSED"
    elif not option_tables.agree(answers):
        outcome = "DISAGREED"
    else:
        outcome = "OWN" if answers[0].choice == option_tables.OWN else "LISTED"
    context.send_message("options.answered", correlation=table_id, payload={"option_outcome": outcome})


HANDLERS = (
    Operation("options.send", send, "发送选择链接"),
    Completion("options.choose", choose, "客户选择方案"),
    Prefill("options.read_choose", read_choose, "客户选择方案"),
    Operation("options.lapse", lapse, "逾期未选择"),
)
