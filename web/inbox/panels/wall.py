"""The walls around this case: who is kept out, who promised what, whether the test failed to read, what reviews said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web import auth
from web.i18n import language
from workflows.records import wall_words, walls


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The walls that are up or proposed, for whoever stands inside; empty without one."""
    if walls.keeps_out(session, lead_id, auth.current_actor()):
        return {}
    found = [wall for wall in walls.list_walls(session, lead_id=lead_id) if wall.state != walls.LIFTED]
    english = language() == "en"
    return {"walls": [wall_words.describe(session, wall, english=english) for wall in found]} if found else {}
