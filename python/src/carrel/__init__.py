"""The client of Carrel, which gives every AI agent its own browser.

Example::

    from carrel import Carrel

    client = Carrel()  # CARREL_URL and CARREL_API_KEY
    with client.Session() as session:
        session.execute(type="goto", url="https://example.com")
        print(session.observe().metadata.title)
"""

from . import enums, models, params
from ._async.browser import AsyncBrowser
from ._async.client import AsyncCarrel
from ._async.page_list import AsyncPageList
from ._error_status import ERROR_STATUS
from ._errors import (
    CarrelApiError,
    CarrelConnectionError,
    CarrelError,
    CarrelTaskError,
    CarrelTimeoutError,
    CarrelUnsavedError,
    ClientErrorCode,
)
from ._frames import RecordingFrame
from ._http.request import CallOptions, CreateOptions
from ._model import Page
from ._results import is_terminal, result_of
from ._sync.browser import Browser
from ._sync.client import Carrel
from ._sync.page_list import PageList
from ._verify_webhook import BrowserWebhookEventType, BrowserWebhookPayload, TaskWebhookPayload, WebhookPayload, verify_webhook
from ._version import VERSION as __version__
from .enums import ErrorCode

__all__ = [
    "ERROR_STATUS",
    "AsyncBrowser",
    "AsyncCarrel",
    "AsyncPageList",
    "Browser",
    "BrowserWebhookEventType",
    "BrowserWebhookPayload",
    "CallOptions",
    "Carrel",
    "CarrelApiError",
    "CarrelConnectionError",
    "CarrelError",
    "CarrelTaskError",
    "CarrelTimeoutError",
    "CarrelUnsavedError",
    "ClientErrorCode",
    "CreateOptions",
    "ErrorCode",
    "Page",
    "PageList",
    "RecordingFrame",
    "TaskWebhookPayload",
    "WebhookPayload",
    "__version__",
    "enums",
    "is_terminal",
    "models",
    "params",
    "result_of",
    "verify_webhook",
]
