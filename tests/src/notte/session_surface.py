"""Runs the real notte-sdk, as it comes from PyPI, over the session surface of a Carrel server.

Called with the server's URL, an API key, and the URL of a site of the test. Prints a line for each thing that it saw, and fails at the first
that is not as it should be. What only some versions of the SDK have is asked of those that have it.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from notte_sdk import NotteClient
from pydantic import BaseModel

server_url, api_key, site = sys.argv[1:4]
client = NotteClient(server_url=server_url, api_key=api_key)
has_agents = hasattr(client, "agents")


def check(what: str, holds: object) -> None:
    if not holds:
        raise AssertionError(what)
    print("ok", what)


def raises(what: str, call, *words: str) -> None:
    try:
        call()
    except Exception as error:
        text = str(error)
        check(f"{what}: {text[:80]!r}", all(word in text for word in words))
        return
    raise AssertionError(f"{what}: nothing was raised")


def readme_block() -> None:
    with client.Session(proxies=True, solve_captchas=True) as session:
        session.execute(type="goto", url=site)
        snapshot = session.observe()
        check("the block of the README prints the title", snapshot.metadata.title == "Shop /")


class Page(BaseModel):
    title: str


def page_surface(session) -> None:
    check("goto", session.execute(type="goto", url=site).success)
    seen = session.observe()
    check("observation has a picture", len(seen.screenshot.bytes()) > 1000)
    check("observation describes elements and text", "I1[:]" in seen.space.description and "_[:]" in seen.space.description)
    ids = {action.text_label: action.id for action in seen.space.interaction_actions}
    check(f"ids by kind {ids}", ids["Greet"][0] == "B" and ids["Name"][0] == "I" and ids["Next"][0] == "L")

    def do(**action):
        result = session.execute(**action)
        check(f"{action['type']}: {result.message[:70]}", result.success)
        return result

    do(type="fill", id=ids["Name"], value="Ann")
    do(type="fill", selector='input[name="who"]', value="a", clear_before_fill=False)
    do(type="select_dropdown_option", id=ids["Color"], value="blue")
    do(type="check", id=ids["News"], value=True)
    do(type="click", id=ids["Greet"])
    greeting = do(type="evaluate_js", code="return document.querySelector('output').textContent")
    check(f"the form took all of it: {greeting.data.markdown}", greeting.data.markdown == "Anna blue true")
    do(type="multi_factor_fill", id=ids["Name"], value="123")
    typed = do(type="evaluate_js", code="document.querySelector('[name=who]').value")
    check(f"multi_factor_fill clears what was there: {typed.data.markdown}", typed.data.markdown == "123")
    do(type="fallback_fill", id=ids["Name"], value="Bo", press_enter=True)
    do(type="form_fill", value={"email": "ann@example.com"})
    filled = do(type="evaluate_js", code="document.querySelector('[name=email]').value")
    check("form_fill filled in", filled.data.markdown == "ann@example.com")
    check("evaluate_js of a list", do(type="evaluate_js", code="[1, {a: 2}]").data.markdown == '[\n  1,\n  {\n    "a": 2\n  }\n]')
    do(type="press_key", key="Escape")
    do(type="scroll_down")
    do(type="scroll_up", amount=50)
    do(type="wait", time_ms=10)
    do(type="captcha_solve")
    do(type="completion", success=True, answer="done")
    scraped = do(type="scrape")
    check("scrape as an action", "apples" in scraped.data.markdown)
    next_link = next(action for action in seen.space.interaction_actions if action.text_label == "Next")
    check("an action of the observation", session.execute(next_link).success)
    do(type="go_back")
    do(type="go_forward")
    do(type="reload")
    do(type="evaluate_js", code="setTimeout(() => alert('stop'), 1); 'later'")
    check("a dialog does not stop anything", session.observe().metadata.url.endswith("/next") and session.execute(type="wait", time_ms=1).success)
    do(type="evaluate_js", code="document.querySelector('[href=\"/next\"]').target = '_blank'")
    do(type="click", selector="a[href='/next']")
    check("what opens a tab goes on there", len(session.observe().metadata.tabs) == 2)
    do(type="close_tab")
    do(type="goto_new_tab", url=f"{site}/second")
    check("two tabs", len(session.observe().metadata.tabs) == 2)
    do(type="switch_tab", tab_index=0)
    do(type="switch_tab", tab_index=-1)
    do(type="close_tab")

    def failing(**action):
        try:
            result = session.execute(**action, raise_on_failure=False)
        except TypeError:
            result = session.execute(**action)
        check(f"{action['type']} fails as an answer: {result.message[:80]}", not result.success and result.exception is not None)

    failing(type="click", id="B99")
    failing(type="goto", url="file:///etc/passwd")
    failing(type="switch_tab", tab_index=7)
    failing(type="email_read")
    failing(type="sms_read")
    failing(type="help", reason="lost")
    failing(type="evaluate_js", code="throw new Error('no')")
    failing(type="scrape", selector=".nope")


def scraping(session) -> None:
    session.execute(type="goto", url=site)
    check("scrape as Markdown", "apples" in markdown_of(session.scrape()))
    check("scrape of a part, as Markdown", markdown_of(session.scrape(selector="h1")) == "# Hello")
    link = markdown_of(session.scrape(selector="a[href='/next']"))
    check(f"scrape with links: {link}", link == f"[Next]({site}/next)")
    check("scrape without links", markdown_of(session.scrape(selector="a[href='/next']", scrape_links=False)) == "Next")
    if has_agents:  # newer versions have no such option
        images = session.scrape(only_images=True)
        check("scrape of images", images[0].url == f"{site}/apple.png")
    found = session.scrape(response_format=Page, instructions="read the title of the page")
    title = found.title if isinstance(found, Page) else found.get().title
    check(f"scrape with a schema, by the model: {title}", title == "Shop /")


def markdown_of(scraped) -> str:
    return scraped if isinstance(scraped, str) else scraped.markdown


def state(session) -> None:
    session.execute(type="goto", url=site)
    host = "127.0.0.1"
    session.set_cookies(cookies=[{"name": "mine", "value": "1", "domain": host, "path": "/", "httpOnly": False}])
    cookies = {cookie["name"] if isinstance(cookie, dict) else cookie.name for cookie in session.get_cookies()}
    check(f"cookies {cookies}", {"mine", "visited"} <= cookies)
    debug = session.debug_info()
    check("debug info", debug.ws.cdp.startswith("ws") and len(debug.tabs) == 1 and "token=" in debug.ws.recording)
    check("offset counts actions", session.offset() > 0)
    status = session.status()
    check("status", status.status == "active" and status.cdp_url and status.viewer_url)
    check("cdp url", session.cdp_url().startswith("ws"))
    check("the session is listed", session.session_id in [one.session_id for one in client.sessions.list()])


def files(session) -> None:
    session.execute(type="goto", url=site)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "notes.txt"
        path.write_text("my notes")
        id = session.session_id
        if has_agents:  # the older generation: uploads of the project
            check("upload", client.files.upload(str(path)).success)
            check("uploads are listed", "notes.txt" in [file.name for file in client.files.list_uploaded_files()])
        else:
            uploaded = client.files.upload(id, str(path))
            check("upload", uploaded.filename == "notes.txt" and uploaded.size == 8 and len(uploaded.checksum) == 64)
        check("upload_file", session.execute(type="upload_file", selector="input[type=file]", file_path="notes.txt").success)
        held = session.execute(type="evaluate_js", code="document.querySelector('[type=file]').files[0].text()")
        check(f"the page has the file: {held.data.markdown}", held.data.markdown == "my notes")
        report = next(action for action in session.observe().space.interaction_actions if action.text_label == "Report")
        check("download_file", session.execute(type="download_file", id=report.id).success)
        if has_agents:
            check("downloads are listed", "report.txt" in [file.name for file in client.files.list_downloaded_files(id)])
            client.files.download(session_id=id, file_name="report.txt", local_dir=directory)
        else:
            listed = client.files.list(id)
            downloaded = next(file for file in listed.files if file.filename == "report.txt")
            check("downloads are listed", listed.total == 2 and downloaded.source.value == "session_download")
            client.files.download(id, downloaded.id, directory)
            client.files.delete(id, downloaded.id)
            check("a file is deleted", client.files.list(id).total == 1)
        check("a download can be fetched", (Path(directory) / "report.txt").read_text() == "the report")


def downloads_afterwards(session_id: str) -> None:
    check("downloads are listed at once after the stop", "report.txt" in [file.name for file in client.files.list_downloaded_files(session_id)])
    with TemporaryDirectory() as directory:
        client.files.download(session_id=session_id, file_name="report.txt", local_dir=directory)
        check("a download is there after its session", (Path(directory) / "report.txt").read_text() == "the report")


def newer_surface(session) -> None:
    """What versions since 1.9 have."""
    id = session.session_id
    session.execute(type="goto", url=site)
    logs = client.sessions.network_logs(id)
    check("network logs", logs.total_batch_count == 1 and site.split(":")[-1].encode() in urlopen(logs.batches[0].download_url).read())
    check("a screenshot by itself", client.sessions.page_screenshot(id) is not None)
    check("the profile can be previewed", "127.0.0.1" in client.sessions.profile_preview(id).cookie_domains)
    check("the sign-in is over", client.sessions.auth_status(id).status == "active")
    check("fetch from the page", "apples" in session.fetch(f"{site}/fetched").text)


def profiles() -> None:
    profile = client.profiles.create(name=f"shopper {'old' if has_agents else 'new'}")
    with client.Session(profile={"id": profile.profile_id, "persist": True}, proxies=False) as session:
        session.execute(type="goto", url=site)
        session.execute(type="evaluate_js", code="document.cookie = 'kept=1; max-age=10000'")
        if not has_agents:
            saved = session.save_profile()
            check(f"the session is saved to its profile {saved}", saved.profile_id == profile.profile_id and saved.persisted_domains == ["127.0.0.1"])
            raises("a session is not saved to a new profile", lambda: session.save_profile(name="renamed"), "new profile", "persist")
    check("the profile has domains", client.profiles.get(profile.profile_id).persisted_domains == ["127.0.0.1"])
    with client.Session(profile={"id": profile.profile_id}, proxies=False) as session:
        session.execute(type="goto", url=site)
        check("the profile was restored", "kept=1" in session.execute(type="evaluate_js", code="document.cookie").data.markdown)
    if not has_agents:
        copy = client.profiles.duplicate(profile.profile_id, name="copy of it")
        cookies = [cookie.name for cookie in client.profiles.cookies_get(copy.profile_id).cookies]
        check(f"a copy has the same cookies {cookies}", "kept" in cookies)
        client.profiles.delete(copy.profile_id)
    check("profiles are listed", profile.profile_id in [one.profile_id for one in client.profiles.list()])
    check("the profile is deleted", client.profiles.delete(profile.profile_id))


def vaults() -> None:
    vault = client.vaults.create(name="mine")
    client.vaults.add_or_update_credentials(vault.vault_id, url="https://example.com", username="ann", password="hunter2-secret")
    listed = client.vaults.list_credentials(vault.vault_id)
    listed = getattr(listed, "credentials", listed)
    check(f"credentials are listed without names {listed}", [one.url for one in listed] == ["example.com"] and listed[0].username is None)
    held = client.Vault(vault.vault_id)
    check("has_credential goes by the site", held.has_credential("example.com") and not held.has_credential("https://example.com"))
    raises("credentials are not given back", lambda: client.vaults.get_credentials(vault.vault_id, url="https://example.com"), "gives credentials to nobody")
    client.vaults.delete_credentials(vault.vault_id, url="https://example.com")
    check("vaults are listed", vault.vault_id in [one.vault_id for one in client.vaults.list()])
    client.vaults.delete(vault.vault_id)
    raises("the vault is gone", lambda: client.vaults.list_credentials(vault.vault_id), "no such vault")


def agents() -> None:
    with client.Session() as session:
        session.execute(type="goto", url=site)
        agent = client.Agent(session=session, max_steps=5)
        answer = agent.run(task="What is the title of this page?")
        check(f"the agent answers: {answer.answer}", answer.success and "Shop" in answer.answer and answer.status == "closed")
        check("it has steps", len(answer.steps) > 0)
        check("agents are listed", agent.agent_id in [one.agent_id for one in client.agents.list(only_active=False)])


def refusals() -> None:
    raises("a foreign session is not there", lambda: client.sessions.status("br_00000000000000000000000000"), "no")
    raises("personas are refused", lambda: client.personas.create(), "personas")
    raises("web_bot_auth is refused", lambda: client.sessions.start(web_bot_auth=True, proxies=False), "web_bot_auth")


check("health", client.health_check() is None or True)
readme_block()
check("a page in one call", "apples" in markdown_of(client.scrape(site)))
with client.Session(proxies=False, max_duration_minutes=10, viewport_width=1000, viewport_height=700) as session:
    page_surface(session)
    scraping(session)
    state(session)
    files(session)
    if not has_agents:
        newer_surface(session)
if has_agents:
    downloads_afterwards(session.session_id)
check("the session is closed", client.sessions.status(session.session_id).status == "closed")
profiles()
vaults()
if has_agents:
    agents()
raises("there is no replay", lambda: session.replay(), "not recorded")
refusals()
print("all of it")
