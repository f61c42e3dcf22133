"""The quarter's review of surveys: figures, the partners' meeting, what is published, what is to be mended."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import people, survey_reviews
from workflows.records.client_mail import mail_person

NOT_COMING = "This day has passed."


def prepare(context: Context) -> Variables:
    """Count the quarter; from here ``lead_id`` is the review's own file."""
    review = survey_reviews.prepare(context)
    return {"survey_review_id": review.id, "lead_id": review.id, "title": f"满意度分析会 {review.quarter}"}


def hold(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the meeting; what is to be mended becomes a corrective action."""
    today = context.now.astimezone(FIRM_ZONE).date().isoformat()
    rows = values.get("actions") or []
    late = {f"actions.{i}.due_on": [FieldError(NOT_COMING)] for i, row in enumerate(rows) if str(row["due_on"])[:10] < today}
    if late:
        raise FormInvalid(late)
    review = survey_reviews.hold(context, data["survey_review_id"], values)
    themes = "；".join(str(row["theme"]) for row in values.get("themes") or [])
    return {
        "survey_mend": "yes" if rows else "no",
        "correction": {
            "source": "review",
            "source_id": review.id,
            "source_no": review.quarter,
            "problem": f"{review.quarter}满意度分析：{themes}",
            "actions": rows,
        },
    }


def publish(context: Context, *, review_id: str) -> Variables:
    """Publish the quarter and tell everybody."""
    review = survey_reviews.publish(context, review_id)
    page = f"{str(context.tools.get('public_url', '')).rstrip('/')}/improvement"
    themes = "\n".join(f"· {row['theme']}" for row in review.meeting.get("themes") or [])
    body = f"{review.quarter}客户满意度汇总已公布。\n\n主要问题与经验：\n{themes}\n\n详见：{page}"
    for person in people.list_people(context.session):
        mail_person(context, person_id=person.id, subject=f"客户满意度汇总：{review.quarter}", body=body)
    return {}


HANDLERS = (
    Operation("survey_reviews.prepare", prepare, "汇总满意度"),
    Completion("survey_reviews.hold", hold, "满意度分析会"),
    Operation("survey_reviews.publish", publish, "公布汇总"),
)
