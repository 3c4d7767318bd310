"""What Airflow, the provider and DAG files print and log: kept off the screen, or led elsewhere."""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO


@contextmanager
def logged_to(stream: TextIO) -> Iterator[None]:
    """Have what the provider logs go to a stream and nowhere else, and what Airflow logs nowhere.

    Airflow, once it is imported, has each log line printed on standard output (2.11 and 3.0).
    """
    log, airflow = (logging.getLogger(name) for name in (__package__.partition(".")[0], "airflow"))
    handler = logging.StreamHandler(stream)
    propagated, log.propagate = log.propagate, False
    level = airflow.level
    airflow.setLevel(logging.CRITICAL + 1)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = propagated
        airflow.setLevel(level)


@contextmanager
def quietly() -> Iterator[None]:
    """Keep what Airflow prints while it is imported and asked off the screen.

    Its log goes for good to the stream that it finds now.
    """
    nowhere = io.TextIOWrapper(io.BytesIO())
    with redirect_stdout(nowhere), redirect_stderr(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def without_output() -> Iterator[None]:
    """Suppress output of Airflow, DAG files and operators.

    Output that bypasses Python's streams is suppressed too: of other programs, for example.
    """
    disabled = logging.root.manager.disable
    streams = [sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__]
    with warnings.catch_warnings(), ExitStack() as back:
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        back.callback(logging.disable, disabled)
        _flush(streams)
        null = os.open(os.devnull, os.O_WRONLY)
        back.callback(os.close, null)
        for number in (1, 2):
            kept = os.dup(number)
            back.callback(os.close, kept)
            back.callback(os.dup2, kept, number)
            os.dup2(null, number)
        back.enter_context(redirect_stdout(io.StringIO()))
        back.enter_context(redirect_stderr(io.StringIO()))
        # What was written to them meanwhile is lost as well.
        back.callback(_flush, streams)
        yield


def _flush(streams: Iterable[TextIO | None]) -> None:
    for stream in streams:
        if stream is not None:
            stream.flush()
