"""Against a real server with real Chromium."""

import asyncio
import runpy
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from shutil import which
from time import monotonic, sleep

import pytest
from playwright.sync_api import sync_playwright
from pydantic import BaseModel

from carrel import AsyncCarrel, Browser, Carrel, CarrelApiError, CarrelError, is_terminal, result_of

EXAMPLES = [
    ("python/first_script.py", "Marginalia"),
    ("python/conversation.py", "[2] completed"),
    ("clients/playwright_python.py", "€12.90  The Voyage of the Beagle"),
]


@pytest.fixture(scope="module")
def client(server_env: dict[str, str]) -> Iterator[Carrel]:
    with Carrel(max_retries=3) as client:  # CARREL_URL and CARREL_API_KEY
        yield client


@pytest.fixture(scope="module")
def site(server_env: dict[str, str]) -> str:
    return server_env["TEST_SITE_URL"]


@pytest.fixture(scope="module")
def shop(server_env: dict[str, str]) -> str:
    return server_env["TEST_SHOP_URL"]


@pytest.fixture(scope="module")
def held(client: Carrel) -> Iterator[Browser]:
    """A browser that is held while the other tests run, and with which nothing is done."""
    with client.Session(idle_timeout_seconds=8, max_duration_seconds=10) as session:
        yield session


def exact(answer: BaseModel) -> None:
    """The server answers what the models say, and no field more (but for those that it says in two spellings)."""
    extra = set(answer.model_extra or {}) - set(type(answer).model_fields) - {"html_dump"}
    assert not extra, (type(answer).__name__, extra)
    for name in type(answer).model_fields:
        value = getattr(answer, name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, BaseModel):
                exact(one)


def test_should_run_as_written_a_session(client: Carrel, held: Browser, site: str, capsys: pytest.CaptureFixture[str]) -> None:
    with client.Session(proxies=True, solve_captchas=True) as session:
        session.execute(type="goto", url=site)
        snapshot = session.observe()
        print(snapshot.metadata.title)
        exact(snapshot)
    assert capsys.readouterr().out == "Greeting\n"
    assert [event.type for event in session.events(follow=True)][-1] == "browser.closed"
    assert session.refresh().status == "closed"
    exact(session.info)


def test_should_run_as_written_a_conversation(client: Carrel, capsys: pytest.CaptureFixture[str]) -> None:
    first = client.tasks.run(end_user_id="u_1", task="What is on sale today?")
    print(first.session_id)
    follow_up = client.tasks.run(end_user_id="u_1", task="Which of those are books?", session_id=first.session_id)
    session = client.sessions.get(first.session_id)
    for i, t in enumerate(session.tasks, 1):
        print(f"  [{i}] {t.status}  {t.task[:60]}")

    lines = ["  [1] completed  What is on sale today?", "  [2] completed  Which of those are books?"]
    assert capsys.readouterr().out.splitlines() == [first.session_id, *lines]
    assert follow_up.result == "An atlas."
    context = client.tasks.get(follow_up.task_id, include="context").context
    assert context is not None
    assert context.previous_context == "An atlas and a lamp."
    exact(session)


@pytest.mark.parametrize(("name", "expected"), EXAMPLES)
def test_should_run_the_examples(
    shop: str, name: str, expected: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, shop])
    monkeypatch.setenv("SHOP_URL", shop)
    runpy.run_path(str(Path(__file__).parents[2] / "examples" / name), run_name="__main__")
    assert expected in capsys.readouterr().out


def test_should_see_and_do_what_the_contract_has(client: Carrel, site: str) -> None:
    with client.browsers.open(metadata={"purpose": "test"}, end_user_id="ann") as browser:
        assert browser.execute(type="goto", url=site).success
        ref = next(element.ref for element in browser.observe().elements if element.role == "textbox")
        assert browser.execute(type="fill", ref=ref, value="Zoë").success
        assert browser.execute({"type": "press", "key": "Enter", "ref": ref}).success
        scraped = browser.scrape(fields={"the_answer": "output"})
        assert scraped.fields == {"the_answer": "Hello Zoë"}
        exact(scraped)
        failed = browser.execute(type="click", selector="#nowhere", timeout_ms=200)
        assert (failed.success, failed.failure) == (False, "not_found")
        exact(failed)

        assert browser.screenshot()[:4] == b"\x89PNG"
        assert browser.screenshot(format="jpeg", quality=30)[:2] == b"\xff\xd8"
        assert browser.pdf()[:5] == b"%PDF-"
        (cookie,) = browser.cookies.set([{"name": "a", "value": "b", "url": site}])
        assert [(one.name, one.value) for one in browser.cookies.get()] == [("a", "b")]
        exact(cookie)

        tab = browser.tabs.open(site)
        assert tab.id in [one.id for one in browser.tabs.list()]
        browser.tabs.close(tab.id)
        assert [one.url for one in browser.tabs.list()] == [f"{site}/"]

        browser.files.put("ü & ö.txt", "hållo")
        assert [(one.name, one.size_bytes) for one in browser.files.list()] == [("ü & ö.txt", 6)]
        assert browser.files.get("ü & ö.txt").decode() == "hållo"
        browser.files.delete("ü & ö.txt")
        assert browser.files.list() == []

        use = browser.resources()
        assert use.memory_bytes > 0
        exact(use)
        following = browser.follow_resources()
        exact(next(following))
        following.close()
        network = browser.network(limit=10)
        assert network.totals.requests >= 1
        exact(network)
        update = browser.update(idle_timeout_seconds=77, metadata={"purpose": "other"})
        assert (update.idle_timeout_seconds, update.metadata) == (77, {"purpose": "other"})
        link = client.browsers.create_live_link(browser.id, scope="view", ttl_seconds=60)
        assert link.url is not None
        assert link.url.startswith("http")
        assert [one.id for one in client.browsers.list_live_links(browser.id)] == [link.id]
        client.browsers.revoke_live_link(browser.id, link.id)
        listed = client.browsers.list(status="running", end_user_id="ann").page()
        assert [one.id for one in listed.data] == [browser.id]


def test_should_take_the_cookies_of_one_browser_for_another(client: Carrel, site: str) -> None:
    with client.Session() as one, client.Session() as other:
        cookies = one.cookies.set([{"name": "a", "value": "b", "url": site, "same_site": "Lax"}])
        assert other.cookies.set(cookies) == cookies


def test_should_give_a_url_that_works_in_playwright_as_it_is(client: Carrel, site: str) -> None:
    with client.Session() as session, sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(session.cdp_url())
        browser.contexts[0].pages[0].goto(site)
        assert session.observe().metadata.title == "Greeting"
        state = browser.contexts[0].storage_state(indexed_db=True)
        profile = client.profiles.create()
        # Nothing is in it: the server says so, in its own words.
        with pytest.raises(CarrelApiError):
            client.profiles.import_(profile.id, storage_state={**state, "cookies": "none"})
        client.profiles.import_(profile.id, storage_state={**state, "cookies": [COOKIE]})
        exported = client.profiles.export(profile.id)
        assert exported.storage_state is not None
        with browser.new_context(storage_state=exported.storage_state) as context:  # type: ignore[arg-type]
            assert [one.get("name") for one in context.cookies()] == ["signed_in"]
        browser.close()  # only the connection
        assert session.refresh().status == "running"
        client.profiles.delete(profile.id)


COOKIE = {
    "name": "signed_in",
    "value": "yes",
    "domain": "shop.example",
    "path": "/",
    "expires": -1,
    "httpOnly": True,
    "secure": False,
    "sameSite": "Lax",
}


def test_should_keep_a_login_in_a_profile(client: Carrel, site: str) -> None:
    profile = client.profiles.create(name="python", metadata={"a_b": "c"})
    exact(profile)
    with client.Session(profile={"id": profile.id, "persist": True}) as session:
        session.execute(type="goto", url=site)
        session.execute(type="evaluate", expression="document.cookie = 'kept=yes; max-age=1000'")
        version = session.checkpoint()
        exact(version)
    with client.Session(profile={"id": profile.id}) as session:
        assert [one.name for one in session.cookies.get()] == ["kept"]
    contents = client.profiles.contents(profile.id, version=version.version)
    assert [one.name for one in contents.cookies] == ["kept"]
    exact(contents)
    assert client.profiles.restore(profile.id, version.version).version in [one.version for one in client.profiles.versions(profile.id)]
    assert "kept" in (client.profiles.export(profile.id, format="netscape").netscape or "")
    assert client.profiles.update(profile.id, name=None).name is None
    assert [one.id for one in client.profiles.list(name="python")] == []
    assert client.profiles.get(profile.id).metadata == {"a_b": "c"}
    client.profiles.delete(profile.id)
    actions = [one.action for one in client.audit_events.list(limit=50)]
    assert {"profile.exported", "profile.deleted"} <= set(actions)


def test_should_follow_events_and_read_the_same_ones_afterwards(client: Carrel, site: str) -> None:
    since = client.events.last()
    browser = client.browsers.open(idle_timeout_seconds=1, keep_alive=False)
    followed = []
    for event in browser.events(follow=True):
        exact(event)
        followed.append(event.id)
    assert followed == [event.id for event in browser.events()]
    assert browser.close().status == "timed_out"
    types = [event.type for event in client.events.list(after=since) if event.browser_id == browser.id]
    assert types[-1] == "browser.timed_out"


def test_should_play_a_recording(client: Carrel, site: str) -> None:
    with client.Session(record={"max_width": 320}) as session:
        session.execute(type="goto", url=site)
        session.execute(type="fill", selector="input", value="Zoë")
        session.execute(type="wait", time_ms=500)
    deadline = monotonic() + 20
    while (recording := client.recordings.get(session.id)).ended_at is None:
        assert monotonic() < deadline
    exact(recording)
    assert session.id in [one.browser_id for one in client.recordings.list(limit=5)]
    assert "tab.navigated" in [line.type for line in client.recordings.timeline(session.id)]
    frames = list(client.recordings.frames(session.id, to_ms=60_000))
    assert len(frames) == recording.frames
    assert all(frame.jpeg[:2] == b"\xff\xd8" and frame.width > 0 for frame in frames)
    assert client.recordings.frame(session.id)[:2] == b"\xff\xd8"
    if which("ffmpeg"):
        assert b"".join(client.recordings.export(session.id, format="webm"))[:4] == b"\x1a\x45\xdf\xa3"
    else:
        with pytest.raises(CarrelApiError, match="ffmpeg"):
            next(client.recordings.export(session.id))
    client.recordings.delete(session.id)


class Answer(BaseModel):
    titles: list[str]


def test_should_hold_a_conversation_step_by_step(client: Carrel, shop: str) -> None:
    steps, types = [], []
    first = client.tasks.run(
        end_user_id="bea",
        task="Which books are on sale?",
        start_url=shop,
        model="builtin",
        screenshots=True,
        timeout_ms=60_000,
        on_step=lambda step: steps.append(step.n),
        on_event=lambda event: types.append(event.type),
    )
    assert result_of(first)
    assert is_terminal(first)
    assert steps == [summary.n for summary in first.step_summaries]
    assert types == [event.type for event in client.tasks.events(first.task_id)]
    exact(first)
    pictured = next(summary.n for summary in first.step_summaries if summary.has_screenshot)
    assert client.tasks.screenshot(first.task_id, pictured)[:2] == b"\xff\xd8"

    submitted = client.tasks.submit(end_user_id="bea", task="Which titles?", session_id=first.session_id)
    assert client.tasks.wait(submitted.task_id, timeout=60).status == "completed"
    assert client.tasks.cancel(submitted.task_id).status == "completed"
    exported = client.sessions.export(first.session_id)
    assert exported.tasks[0].events
    exact(exported)
    assert [one.session_id for one in client.sessions.list(end_user_id="bea")] == [first.session_id]
    assert client.tasks.list(end_user_id="bea").sessions[0].turn_count == 2
    assert client.tasks.dead().all() == []
    client.sessions.delete(first.session_id)
    with pytest.raises(CarrelError) as raised:
        client.sessions.get(first.session_id)
    assert raised.value.code == "not_found"


def test_should_give_a_result_as_a_model(client: Carrel) -> None:
    task = client.tasks.run(end_user_id="ada", task="Which titles?", schema=Answer.model_json_schema())
    assert result_of(task, Answer) == Answer(titles=["An atlas"])


def test_should_pause_and_resume_what_asks_a_person(client: Carrel) -> None:
    def answer(event: object) -> None:
        if getattr(event, "type", "") == "task.paused":
            waiting = client.tasks.get(task_id).waiting_for
            assert waiting is not None
            assert waiting.question == "Which one?"
            exact(waiting)
            client.tasks.resume(task_id, answer="The second one")

    task_id = client.tasks.submit(end_user_id="ada", task="Ask a person.").task_id
    task = client.tasks.wait(task_id, on_event=answer, timeout=60)
    assert (task.status, task.result) == ("completed", "Asked.")


def test_should_hold_credentials_and_never_show_them(client: Carrel, site: str) -> None:
    grace = client.end_users("grace")
    grace.credentials.set(
        reddit_session="cookie-value",
        logins=[{"domain": "shop.example", "username": "grace", "password": "hunter2", "include_subdomains": True}],
    )
    credentials = grace.credentials.get()
    assert credentials.logins[0].include_subdomains
    assert "hunter2" not in repr(credentials)
    exact(credentials)
    assert grace.get().has_credentials
    assert "grace" in [one.end_user_id for one in client.end_users.list()]
    exact(grace.export())
    login = grace.login(url=site, timeout_seconds=60)
    exact(login)
    client.browsers.close(login.browser_id)
    alias = credentials.logins[0].alias
    assert grace.credentials.delete(logins=[alias]).logins == [alias]
    grace.delete()
    with pytest.raises(CarrelError):
        grace.get()


def test_should_administer(client: Carrel, server_env: dict[str, str]) -> None:
    project = client.projects.create(name="small", max_browsers=1)
    assert client.projects.update(project.id, max_tasks=2).max_tasks == 2
    assert client.projects.get(project.id).name == "small"
    assert project.id in [one.id for one in client.projects.list()]
    key = client.api_keys.create(name="of the small one", project_id=project.id)
    assert key.secret is not None
    assert key.secret not in repr(key)
    with Carrel(api_key=key.secret) as small:
        browser = small.browsers.open()
        with pytest.raises(CarrelApiError) as raised:
            small.browsers.open(max_retries=0)
        assert (raised.value.code, raised.value.status) == ("quota_exceeded", 429)
        assert raised.value.retry_after is not None
        browser.close()
        webhook = small.webhooks.create(url="https://example.com/hook", events=["task.completed"])
        assert webhook.secret is not None
        assert small.webhooks.rotate_secret(webhook.id).secret != webhook.secret
        assert small.webhooks.update(webhook.id, is_enabled=False).is_enabled is False
        assert small.webhooks.deliveries(webhook.id, status="failed").all() == []
        assert [one.id for one in small.webhooks.list()] == [webhook.id]
        exact(small.webhooks.get(webhook.id))
        with pytest.raises(CarrelApiError):
            small.webhooks.redeliver(webhook.id, "dl_none")
        small.webhooks.delete(webhook.id)
        account = small.dashboard.account()
        assert account.project.id == project.id
        exact(account)
        (listed,) = [one for one in small.api_keys.list() if one.id == key.id]
        exact(listed)
        assert client.projects.get(project.id).max_browsers == 1
        client.projects.delete(project.id)
        with pytest.raises(CarrelApiError) as raised:
            small.capacity()
        assert raised.value.code == "unauthorized"
    assert client.dashboard.create_sign_in_link().url.startswith(server_env["CARREL_URL"])
    for answer in (client.health(), client.ready(), client.capacity(), client.settings()):
        exact(answer)
    mine = client.api_keys.create(name="short-lived", scopes=["browsers:read"])
    assert client.api_keys.revoke(mine.id).revoked_at is not None
    assert client.request("GET", "/openapi.json")["openapi"] == "3.1.0"


def test_should_keep_a_browser_open_for_as_long_as_it_is_held(client: Carrel, held: Browser) -> None:
    outlived = held.info.created_at + timedelta(seconds=12)
    sleep(max(0.0, (outlived - datetime.now(timezone.utc)).total_seconds()))
    # A list is no use of a browser: only the renewals kept it alive.
    (listed,) = [one for one in client.browsers.list() if one.id == held.id]
    assert (listed.status, listed.reason) == ("running", None)
    assert listed.max_duration_seconds > 10


def test_should_do_the_same_with_asyncio(server_env: dict[str, str], site: str) -> None:
    async def visit(client: AsyncCarrel) -> str:
        async with client.Session() as session:
            await session.execute(type="goto", url=site)
            return (await session.observe()).metadata.title

    async def work() -> None:
        async with AsyncCarrel() as client:
            assert list(await asyncio.gather(visit(client), visit(client))) == ["Greeting"] * 2
            steps: list[str] = []
            task = await client.tasks.run(end_user_id="u_2", task="What is on sale today?", on_step=lambda step: steps.append(step.msg))
            assert (task.result, len(steps)) == ("An atlas and a lamp.", len(task.step_summaries))
            assert [one.session_id async for one in client.sessions.list(end_user_id="u_2")] == [task.session_id]

    asyncio.run(work())
