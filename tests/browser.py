"""A real browser on real pages: the system's Chromium, without a window, and a JupyterLab that it talks to."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARTEFACTS = Path(os.environ.get("TEST_ARTEFACTS", Path(__file__).parent.parent / "test-artefacts")) / "browser"
TOKEN = "a-token-for-tests"
PATIENCE = 180
"""Seconds after which a page is given up: machines on which tests run may be busy."""


@dataclass(frozen=True)
class Lab:
    """A JupyterLab server on a folder, and nbgrader's pages in it."""

    address: str

    def open(self, browser: Browser, path: str) -> Page:
        """A page of the server. It forgets other pages: no cookie and no tab is left from them."""
        page = browser.new_page(viewport={"width": 1280, "height": 960})
        page.set_default_timeout(1000 * PATIENCE)
        # The token is known to the pages that follow as soon as one page was given it.
        page.goto(f"{self.address}/login?token={TOKEN}")
        page.goto(f"{self.address}/{path}")
        return page


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, with a profile of its own that goes with it."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]  # root cannot have Chromium's own sandbox
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=arguments)
        yield browser
        browser.close()


@contextlib.contextmanager
def lab(folder: Path, environment: Mapping[str, str]) -> Iterator[Lab]:
    """JupyterLab on a folder, until its end; its kernels end with it. What it logs is in ``lab.log`` beside the folder."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    log = folder.with_name(f"{folder.name}-lab.log")
    command = [
        str(Path(sys.executable).with_name("jupyter")), "lab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=",
    ]  # fmt: skip
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=file, stderr=file, stdin=subprocess.DEVNULL
        )
    found = Lab(f"http://127.0.0.1:{port}")
    try:
        until = time.monotonic() + PATIENCE
        while not _answers(found):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(server: Lab) -> bool:
    try:
        with urllib.request.urlopen(f"{server.address}/api?token={TOKEN}", timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def shoot(page: Page, name: str, top: Locator | None = None) -> None:
    """Keep a picture of a page, for people to look at; ``top`` is what is to be seen first."""
    if top is not None:
        top.evaluate("element => element.scrollIntoView({block: 'start'})")
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def wait_until(page: Page, told: Callable[[], bool]) -> None:
    """Wait for what does not show on the page itself."""
    until = time.monotonic() + PATIENCE
    while not told():
        assert time.monotonic() < until, "this never came true"
        page.wait_for_timeout(100)
