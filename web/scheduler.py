"""Ticks: APScheduler sweeps the engine every few seconds."""

from __future__ import annotations

from apscheduler.schedulers.background import BackgroundScheduler

from engine import Engine, sweep


def start_ticking(firm: Engine, seconds: int = 3) -> BackgroundScheduler:
    """Sweep in the background, one sweep at a time."""
    scheduler = BackgroundScheduler(timezone="Asia/Shanghai")
    scheduler.add_job(sweep, "interval", seconds=seconds, args=[firm], max_instances=1, coalesce=True)
    scheduler.start()
    return scheduler
