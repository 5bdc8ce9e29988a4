"""Checks in limited time whether a set's upstream hosts can be reached."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import requests

from components.source_files.checks import SourceUnavailableError

_PROBE_SECONDS = 3


def check_upstream(urls: Iterable[str]) -> None:
    """Requests one file from each host, from all hosts at the same time.

    Hosts with other protocols than HTTP aren't checked.

    Args:
        urls: The URLs of a set's source files.

    Raises:
        SourceUnavailableError: If a host can't be reached, doesn't answer, or refuses.
    """
    url_by_host = {
        urlsplit(url).netloc: url for url in urls if url.startswith(("http:", "https:"))
    }
    answers: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()
    for host, url in url_by_host.items():
        # Libraries have no time-out for a name server that stays silent. The thread
        # then goes on in the background; it doesn't keep the process from ending.
        threading.Thread(
            target=lambda host=host, url=url: answers.put((host, _fault_of(url))),
            daemon=True,
        ).start()
    faults: dict[str, str | None] = dict.fromkeys(url_by_host, "gives no answer")
    deadline = time.monotonic() + _PROBE_SECONDS
    for _ in url_by_host:
        try:
            host, fault = answers.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            break
        faults[host] = fault
    found = [f"{host} {fault}" for host, fault in faults.items() if fault is not None]
    if found:
        raise SourceUnavailableError(" and ".join(found))


def _fault_of(url: str) -> str | None:
    try:
        # The same kind of request as TFDS's, also with proxies, but only the headers
        # are read. Some hosts refuse HEAD.
        with requests.get(url, stream=True, timeout=_PROBE_SECONDS) as response:
            return None if response.ok else f"answers HTTP {response.status_code}"
    except requests.Timeout:
        return "gives no answer"
    except requests.RequestException:
        return "can't be reached"
