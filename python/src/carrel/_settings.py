"""What a client is set to."""

import json
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ._errors import CarrelError

DEFAULT_URL = "http://127.0.0.1:7070"


@dataclass(frozen=True)
class Settings:
    """Where the server is, and how long to try."""

    url: str
    api_key: str | None = field(repr=False)
    timeout: float
    max_retries: int


def settings_of(url: str | None, api_key: str | None, timeout: float, max_retries: int) -> Settings:
    """Fills in from the environment what was left out.

    Raises:
        CarrelError: ``invalid_configuration``: the URL is not one.
    """
    return Settings(
        url=_base_url(url or os.environ.get("CARREL_URL") or DEFAULT_URL),
        api_key=api_key or os.environ.get("CARREL_API_KEY"),
        timeout=timeout,
        max_retries=max_retries,
    )


def _base_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
        is_usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment or "@" in parts.netloc)
    except ValueError:
        is_usable, port = False, None  # Such as a port that is no number.
    if not is_usable or port == 0:
        raise CarrelError(
            "invalid_configuration",
            f"The URL of the server must be like {DEFAULT_URL}, without query or password, not {json.dumps(url)}. Set `url` or CARREL_URL.",
        )
    return url.rstrip("/")
