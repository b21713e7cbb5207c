"""Projects."""

from typing_extensions import Unpack

from .. import params
from .._http.request import CallOptions, Request, key_of, path_of
from .._wire import parted, to_wire
from ..models import Project
from .page_list import AsyncPageList
from .transport import AsyncTransport


class AsyncProjects:
    """Projects: the tenants of a server. To make and change them needs the scope ``projects:manage``."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(self, **request: Unpack[params.CreateProjectCall]) -> Project:
        """Makes a project. Retried safely: an idempotency key is made when none is given."""
        fields, options = parted(request)
        json = to_wire(params.CreateProjectRequest, fields)
        creation = Request("POST", "/v1/projects", json=json, idempotency_key=key_of(options))
        return await self._transport.json(Project, creation, options)

    def list(self, **query: Unpack[params.ListProjectsCall]) -> AsyncPageList[Project]:
        """The projects: all for an operator, else one's own."""
        fields, options = parted(query)
        request = Request("GET", "/v1/projects", query=to_wire(params.ListProjectsQuery, fields))
        return AsyncPageList(self._transport, Project, request, options)

    async def get(self, id: str, **options: Unpack[CallOptions]) -> Project:
        """One project."""
        return await self._transport.json(Project, Request("GET", path_of("v1", "projects", id)), options)

    async def update(self, id: str, **change: Unpack[params.UpdateProjectCall]) -> Project:
        """Changes its name, its limits or its model."""
        fields, options = parted(change)
        request = Request("PATCH", path_of("v1", "projects", id), json=to_wire(params.UpdateProjectRequest, fields))
        return await self._transport.json(Project, request, options)

    async def delete(self, id: str, **options: Unpack[CallOptions]) -> None:
        """Deletes a project: its keys stop working, its browsers are closed."""
        await self._transport.none(Request("DELETE", path_of("v1", "projects", id)), options)
