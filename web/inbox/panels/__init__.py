"""Evidence panels beside a task's form: each module has ``read(session, lead_id, now)`` and a template of its name."""
