"""Names, words and types, between Python and the wire."""

from datetime import datetime, timezone
from traceback import format_exception
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel, TypeAdapter
from typing_extensions import is_typeddict

from carrel import Carrel, CarrelError, models, params
from carrel._model import Page
from carrel._wire import from_wire, to_wire
from contract_server import browser_info, event, task

if TYPE_CHECKING:
    # What mypy is to refuse: it fails when one of these would pass.
    async def refused(client: Carrel, browser: models.BrowserInfo) -> None:
        client.browsers.open(kind="firefox")  # type: ignore[arg-type]
        client.browsers.open(profile={"persist": True})  # type: ignore[typeddict-item]
        client.tasks.run(end_user_id="ann")  # type: ignore[call-arg]
        with client.Session() as session:
            session.execute(type="goto")  # type: ignore[call-overload]
            session.execute(type="fill", selector="input", value=1)  # type: ignore[call-overload]
            session.execute({"type": "click", "ref": "e1", "button": "left"}, timeout=3)
            session.execute(type="click", ref="e1", button="left", timeout=3)
        browser.metadata["a"] = 1  # type: ignore[assignment]
        if browser.status == "open":  # type: ignore[comparison-overlap]
            pass


def test_should_keep_the_names_that_are_a_callers_own() -> None:
    fields = {"first_price": ".price", "link_url": {"selector": "a", "attribute": "data_url"}}
    schema = {"properties": {"unit_price": {"type": "number"}}}
    sent = to_wire(params.ScrapeRequest, {"only_main_content": False, "fields": fields, "schema": schema})
    assert sent == {"onlyMainContent": False, "fields": fields, "schema": schema}


def test_should_take_playwrights_state_and_answers_as_they_are() -> None:
    state = {"cookies": [{"name": "a", "httpOnly": True}], "origins": [{"origin": "https://a.example", "localStorage": []}]}
    cookie = models.CookieToSet(name="b", value="c", http_only=True)
    sent = to_wire(params.ImportProfileRequest, {"storage_state": state, "cookies": [cookie]})
    assert sent == {"storageState": state, "cookies": [{"name": "b", "value": "c", "httpOnly": True}]}


def test_should_quote_no_secret_in_an_error() -> None:
    secret = 314159 * 7  # not as it stands in this file, which tracebacks quote
    login = {"domain": "shop.example", "password": secret}
    with pytest.raises(CarrelError, match=r"logins\.0\.password") as raised:
        to_wire(params.SetCredentialsRequest, {"logins": [login]})
    with pytest.raises(CarrelError, match="name") as unreadable:
        from_wire(models.Cookie, b'{"value": "%d", "name": 1}' % secret, status=200, url="")
    for error in (raised.value, unreadable.value):
        assert str(secret) not in "".join(format_exception(error))


def test_should_send_null_where_it_is_given() -> None:
    assert to_wire(params.UpdateProfileRequest, {"name": None}) == {"name": None}


def test_should_read_answers_of_a_later_server() -> None:
    info = models.BrowserInfo.model_validate(browser_info(status="hibernating", newField={"a": 1}))
    assert str(info.status) == "hibernating"
    assert info.model_dump(by_alias=True)["newField"] == {"a": 1}
    assert info.created_at == datetime(2026, 11, 22, tzinfo=timezone.utc)
    assert info.network.exit.type == "direct"


def test_should_read_names_that_python_has_for_itself() -> None:
    changes = models.ActionResultChanges.model_validate({"url": {"from": "a", "to": "b"}})
    assert changes.url is not None
    assert changes.url.from_ == "a"
    assert models.Task.model_validate(task(schema={"type": "object"})).schema_ == {"type": "object"}
    assert models.Task.model_validate(task(structuredContent=[1])).structured_content == [1]


def test_should_read_pages() -> None:
    content = b'{"data": [{"id": 1, "type": "x", "createdAt": "2026-11-22T00:00:00Z", "data": {"aB": 1}}], "nextCursor": null}'
    page = from_wire(Page[models.BrowserEvent], content, status=200, url="")
    assert page.data == [models.BrowserEvent.model_validate(event(1, "x", aB=1))]


def test_should_have_every_name_in_camel_case_on_the_wire() -> None:
    """A model whose schema cannot be built fails when it is first used, perhaps in production."""
    answers = [one for one in vars(models).values() if isinstance(one, type) and issubclass(one, BaseModel)]
    requests = [one for one in vars(params).values() if is_typeddict(one) and hasattr(one, "__pydantic_config__")]
    assert len(answers) > 80
    assert len(requests) > 60
    for shape in [*answers, *requests]:
        schema = TypeAdapter(shape).json_schema()
        names = schema.get("properties", {})
        assert not [name for name in names if "_" in name], shape
