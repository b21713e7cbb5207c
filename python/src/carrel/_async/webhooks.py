"""Webhooks."""

from typing_extensions import Unpack

from .. import params
from .._http.request import CallOptions, Request, key_of, path_of
from .._wire import parted, to_wire
from ..models import Webhook, WebhookDelivery
from .page_list import AsyncPageList
from .transport import AsyncTransport


class AsyncWebhooks:
    """Who is told of what happens to tasks. `verify_webhook` takes a delivery in. All of it needs the scope ``webhooks:manage``.

    Example::

        webhook = await client.webhooks.create(url="https://app.example/hooks/carrel", events=["task.completed", "task.failed"])
        keep(webhook.secret)
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(self, **request: Unpack[params.CreateWebhookCall]) -> Webhook:
        """Makes a webhook; its ``secret`` is shown this once. Retried safely: an idempotency key is made when none is given. When the
        answer to the first try was lost, the secret was with it: `rotate_secret` makes another.
        """
        fields, options = parted(request)
        json = to_wire(params.CreateWebhookRequest, fields)
        creation = Request("POST", "/v1/webhooks", json=json, idempotency_key=key_of(options))
        return await self._transport.json(Webhook, creation, options)

    async def get(self, id: str, **options: Unpack[CallOptions]) -> Webhook:
        """One webhook, without its secret."""
        return await self._transport.json(Webhook, Request("GET", _path_of(id)), options)

    def list(self, **query: Unpack[params.ListWebhooksCall]) -> AsyncPageList[Webhook]:
        """The webhooks, newest first."""
        fields, options = parted(query)
        request = Request("GET", "/v1/webhooks", query=to_wire(params.ListWebhooksQuery, fields))
        return AsyncPageList(self._transport, Webhook, request, options)

    async def update(self, id: str, **change: Unpack[params.UpdateWebhookCall]) -> Webhook:
        """Changes where to, what of, or whether anything is delivered."""
        fields, options = parted(change)
        request = Request("PATCH", _path_of(id), json=to_wire(params.UpdateWebhookRequest, fields))
        return await self._transport.json(Webhook, request, options)

    async def delete(self, id: str, **options: Unpack[CallOptions]) -> None:
        """Deletes a webhook with the log of its deliveries."""
        await self._transport.none(Request("DELETE", _path_of(id)), options)

    async def rotate_secret(self, id: str, **options: Unpack[CallOptions]) -> Webhook:
        """Makes a new ``secret``, shown this once; for a day deliveries are signed with both."""
        return await self._transport.json(Webhook, Request("POST", _path_of(id, "rotate-secret")), options)

    def deliveries(self, id: str, **query: Unpack[params.ListDeliveriesCall]) -> AsyncPageList[WebhookDelivery]:
        """What was delivered, or is to be, newest first."""
        fields, options = parted(query)
        request = Request("GET", _path_of(id, "deliveries"), query=to_wire(params.ListDeliveriesQuery, fields))
        return AsyncPageList(self._transport, WebhookDelivery, request, options)

    async def redeliver(self, id: str, delivery_id: str, **options: Unpack[CallOptions]) -> WebhookDelivery:
        """Delivers something again, under the same id."""
        request = Request("POST", _path_of(id, "deliveries", delivery_id, "redeliver"))
        return await self._transport.json(WebhookDelivery, request, options)


def _path_of(id: str, *parts: str) -> str:
    return path_of("v1", "webhooks", id, *parts)
