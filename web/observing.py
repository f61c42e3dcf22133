"""What operators see of the server: structured logs with a request id, and numbers for Prometheus."""

from __future__ import annotations

import re
import secrets
import sys
import time

import structlog
from flask import Flask, Response, abort, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from engine import Engine, queries
from web.settings import Settings

log = structlog.get_logger()
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
LOOPBACK = ("127.0.0.1", "::1")


def configure_logs() -> None:
    """Write one JSON line an event to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def name_request() -> None:
    """Give the request an id: the one a proxy sent, else a new one; every log line of the request carries it."""
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def reference() -> str:
    """The number on an error page; the log line of the crash carries it too."""
    return str(g.get("request_id", secrets.token_hex(8)))[:8].upper()


class Numbers:
    """The figures of one application in a registry of its own."""

    def __init__(self, firm: Engine) -> None:
        self.firm = firm
        self.registry = CollectorRegistry()
        labels = ("endpoint", "method", "status")
        self.requests = Counter("juanzong_http_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram("juanzong_http_seconds", "Time to answer a request", ("endpoint",), registry=self.registry)
        self.incidents = Gauge("juanzong_open_incidents", "Steps that failed and wait for a person", registry=self.registry)
        self.owed = Gauge("juanzong_owed_effects", "Mails and other effects not yet delivered", registry=self.registry)
        self.lag = Gauge("juanzong_timer_lag_seconds", "How late the next timer is", registry=self.registry)

    def count(self, response: Response) -> Response:
        """Count an answer and log it."""
        endpoint, took = request.endpoint or "none", time.perf_counter() - g.get("began", time.perf_counter())
        self.requests.labels(endpoint, request.method, str(response.status_code)).inc()
        self.seconds.labels(endpoint).observe(took)
        if endpoint not in ("static", "healthz", "readyz", "metrics"):
            log.info("answered", method=request.method, endpoint=endpoint, status=response.status_code, ms=round(took * 1000, 1))
        response.headers["X-Request-ID"] = g.get("request_id", "")
        return response

    def page(self) -> Response:
        """The figures in Prometheus's text format."""
        with self.firm.reading() as read:
            self.incidents.set(len(queries.list_incidents(read)))
            self.owed.set(len(queries.list_effects(read, state="owed", limit=1000)))
            due = queries.next_timer_at(read)
        self.lag.set((self.firm.clock.now() - due).total_seconds() if due else 0)
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_LATEST)


def observe(app: Flask, firm: Engine, settings: Settings) -> None:
    """Name, log and count every request of an application; serve ``/metrics`` to this machine or to the token's holder."""
    numbers = Numbers(firm)
    app.before_request(name_request)
    app.after_request(numbers.count)

    @app.get("/metrics")
    def metrics() -> Response:
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = bool(settings.metrics_token) and secrets.compare_digest(sent.encode(), settings.metrics_token.encode())
        if not (known or (not settings.metrics_token and request.remote_addr in LOOPBACK)):
            abort(404)
        return numbers.page()
