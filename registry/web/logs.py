"""One line for each request, for machines to read: what was asked and how it ended, and nobody's data.

The route's pattern stands for the path, so no id of a person or an application comes into a log; no name,
number, token, query or body is ever given to the logger.
"""

from __future__ import annotations

import logging
import secrets
import sys
import time
from typing import TextIO

import structlog
from flask import Flask, Response, g, request

from registry.web.access import FILES

_LOG = structlog.get_logger("yizheng.request")


def configure(*, as_json: bool, stream: TextIO = sys.stderr) -> None:
    """How log lines look: JSON for machines, aligned text for people."""
    render = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if as_json else _as_it_is,
            render,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def install(app: Flask) -> None:
    """Logs every request of ``app``, files aside."""

    @app.before_request
    def begins() -> None:
        g.request_id, g.began = secrets.token_hex(8), time.perf_counter()

    @app.after_request
    def ends(response: Response) -> Response:
        if request.endpoint not in FILES | {"home.healthz"}:
            _LOG.info(
                "request",
                id=g.request_id,
                method=request.method,
                route=str(request.url_rule or "-"),
                status=response.status_code,
                ms=round((time.perf_counter() - g.began) * 1000, 1),
            )
        response.headers["X-Request-Id"] = g.request_id
        return response


def _as_it_is(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:  # noqa: ARG001  # fmt: skip
    return event
