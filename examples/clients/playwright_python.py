"""Playwright for Python drives a browser of Carrel, by the CDP URL that one call gives."""

import os

import httpx
from playwright.sync_api import sync_playwright

shop = os.environ.get("SHOP_URL", "http://127.0.0.1:7071")
url = os.environ.get("CARREL_URL", "http://127.0.0.1:7070")
headers = {"Authorization": f"Bearer {os.environ['CARREL_API_KEY']}"}

with httpx.Client(base_url=url, headers=headers, timeout=60) as carrel, sync_playwright() as playwright:
    browser = carrel.post("/v1/browsers", json={}).raise_for_status().json()
    try:
        page = playwright.chromium.connect_over_cdp(browser["cdpUrl"]).contexts[0].pages[0]
        page.goto(f"{shop}/sale")
        for book in page.locator(".shelf li").all():
            print(book.locator(".price").inner_text(), book.locator(".title").inner_text(), sep="  ")
    finally:
        carrel.delete(f"/v1/browsers/{browser['id']}")
