"""Playwright for Python drives a browser of Carrel."""

import os

from playwright.sync_api import sync_playwright

from carrel import Carrel

shop = os.environ.get("SHOP_URL", "http://127.0.0.1:7071")

# CARREL_URL and CARREL_API_KEY say where the server is, and who asks.
with Carrel() as client, client.Session() as session, sync_playwright() as playwright:
    browser = playwright.chromium.connect_over_cdp(session.cdp_url())
    page = browser.contexts[0].pages[0]
    page.goto(f"{shop}/sale")
    for book in page.locator(".shelf li").all():
        print(book.locator(".price").inner_text(), book.locator(".title").inner_text(), sep="  ")
    browser.close()  # the connection; the browser itself goes with its block
