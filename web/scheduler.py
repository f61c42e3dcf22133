"""Ticks: APScheduler sweeps the engine every few seconds.

What reaches outside may take long, so it ticks by itself and never keeps a timer or a message waiting. Any number of
processes may tick on one database: each timer, message and effect is claimed in its own transaction.
"""

from __future__ import annotations

from apscheduler.schedulers.background import BackgroundScheduler

from engine import Engine, deliver_messages, fire_timers, perform_effects
from workflows.importing import run_imports
from workflows.recounting import install_holidays


def move(firm: Engine) -> None:
    """Deliver messages and let due timers fire, by the holiday tables as they are now."""
    install_holidays(firm)
    deliver_messages(firm)
    fire_timers(firm)


def start_ticking(firm: Engine, seconds: float = 3) -> BackgroundScheduler:
    """Sweep in the background; a tick that finds its forerunner still at work is left out, and a late one still runs."""
    defaults = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    scheduler = BackgroundScheduler(timezone="Asia/Shanghai", job_defaults=defaults)
    for job in (move, perform_effects, run_imports):
        scheduler.add_job(job, "interval", seconds=seconds, args=[firm])
    scheduler.start()
    return scheduler
