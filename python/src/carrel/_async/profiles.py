"""The profiles of the project."""

from typing import Any

from typing_extensions import Unpack

from .. import params
from .._http.request import CallOptions, CreateOptions, Request, key_of, path_of
from .._wire import parted, to_wire
from ..models import Profile, ProfileContents, ProfileExport, ProfileVersion
from .page_list import AsyncPageList
from .transport import AsyncTransport


class AsyncProfiles:
    """The profiles of the project: what browsers leave behind for the next one, encrypted and in versions. Cookies, localStorage,
    IndexedDB, Cache Storage, service workers and the origin private file system are in it, and who the browser was to pages.

    Example::

        profile = await client.profiles.create(name="ann-at-the-shop")
        async with await client.browsers.open(profile={"id": profile.id, "persist": True}) as browser:
            ...  # sign in; what the browser holds is saved at the end of this block
        async with await client.browsers.open(profile={"id": profile.id}) as browser:
            ...  # signed in
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(self, **request: Unpack[params.CreateProfileCall]) -> Profile:
        """Makes a profile, which holds nothing yet. Retried safely: an idempotency key is made when none is given.

        Raises:
            CarrelApiError: ``conflict``: another profile of the project has this name.
        """
        fields, options = parted(request)
        json = to_wire(params.CreateProfileRequest, fields)
        return await self._transport.json(Profile, _creation("/v1/profiles", json, options), options)

    async def get(self, id: str, **options: Unpack[CallOptions]) -> Profile:
        """One profile."""
        return await self._transport.json(Profile, Request("GET", _path_of(id)), options)

    def list(self, **query: Unpack[params.ListProfilesCall]) -> AsyncPageList[Profile]:
        """The profiles, newest first.

        Example::

            found = await client.profiles.list(name="ann-at-the-shop").all()  # a name is that of one at most
        """
        fields, options = parted(query)
        request = Request("GET", "/v1/profiles", query=to_wire(params.ListProfilesQuery, fields))
        return AsyncPageList(self._transport, Profile, request, options)

    async def update(self, id: str, **change: Unpack[params.UpdateProfileCall]) -> Profile:
        """Changes the name, the metadata (all of it) or how many versions are kept."""
        fields, options = parted(change)
        request = Request("PATCH", _path_of(id), json=to_wire(params.UpdateProfileRequest, fields))
        return await self._transport.json(Profile, request, options)

    async def delete(self, id: str, **options: Unpack[CallOptions]) -> None:
        """Deletes a profile with all its versions, for good: its key goes first, without which nothing of them can be read.

        Raises:
            CarrelApiError: ``profile_locked``: a browser may save to it.
        """
        await self._transport.none(Request("DELETE", _path_of(id)), options)

    def versions(self, id: str, **query: Unpack[params.ListProfileVersionsCall]) -> AsyncPageList[ProfileVersion]:
        """The versions of a profile, newest first. None of them ever changes."""
        fields, options = parted(query)
        request = Request("GET", _path_of(id, "versions"), query=to_wire(params.ListProfileVersionsQuery, fields))
        return AsyncPageList(self._transport, ProfileVersion, request, options)

    async def restore(self, id: str, version: int, **options: Unpack[CreateOptions]) -> ProfileVersion:
        """Makes an old version the current one, as a new version; those in between stay. Retried safely, as `create` is."""
        path = _path_of(id, "versions", str(version), "restore")
        return await self._transport.json(ProfileVersion, _creation(path, None, options), options)

    async def contents(self, id: str, **query: Unpack[params.GetProfileContentsCall]) -> ProfileContents:
        """What a version holds: origins with counts and sizes of each kind of state, and names of cookies; never a value."""
        fields, options = parted(query)
        request = Request("GET", _path_of(id, "contents"), query=to_wire(params.GetProfileContentsQuery, fields))
        return await self._transport.json(ProfileContents, request, options)

    async def import_(self, id: str, **request: Unpack[params.ImportProfileCall]) -> ProfileVersion:
        """Brings a login made elsewhere into a profile, as a new version; what else it holds stays. Retried safely, as `create` is.

        Example::

            storage_state = await context.storage_state(indexed_db=True)  # Playwright
            await client.profiles.import_(profile.id, storage_state=storage_state)

            await client.profiles.import_(profile.id, netscape=Path("cookies.txt").read_text())  # curl, browser extensions
        """
        fields, options = parted(request)
        json = to_wire(params.ImportProfileRequest, fields)
        return await self._transport.json(ProfileVersion, _creation(_path_of(id, "import"), json, options), options)

    async def export(self, id: str, **request: Unpack[params.ExportProfileCall]) -> ProfileExport:
        """Takes the values out of a profile: secrets. Needs the scope ``profiles:export``, and is written in the audit log. The answer has
        them in the field that the format names.

        Example::

            exported = await client.profiles.export(profile.id)
            context = await browser.new_context(storage_state=exported.storage_state)  # Playwright

            exported = await client.profiles.export(profile.id, format="netscape")  # for curl -b
        """
        fields, options = parted(request)
        # It changes nothing, so that it may be repeated: then the audit log has it twice.
        json = to_wire(params.ExportProfileRequest, fields)
        return await self._transport.json(ProfileExport, Request("POST", _path_of(id, "export"), json=json, is_harmless=True), options)


def _path_of(id: str, *parts: str) -> str:
    return path_of("v1", "profiles", id, *parts)


def _creation(path: str, json: Any, options: CreateOptions) -> Request:
    """A POST that makes something, with an idempotency key of its own when none is given."""
    return Request("POST", path, json=json, idempotency_key=key_of(options))
