"""The Dagster UI as a person sees it: a real browser on a real server, on a home in which a source has been read."""

import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from heal_pipeline.definitions import build
from heal_pipeline.launch import dagster_environment

pytestmark = [pytest.mark.slow, pytest.mark.spark]

DAY = "2026-01-05"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PAGE_TIMEOUT = 60_000


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def address(tmp_path: Path, pages_profile, spark) -> Iterator[str]:
    """The address of a running `heal ui`, on a home in which one source was read and filtered."""
    home, port, profile_path = tmp_path / "home", free_port(), str(pages_profile())
    home.mkdir()
    with dg.DagsterInstance.from_config(dagster_environment(profile_path, home)["DAGSTER_HOME"]) as instance:
        definitions = build(str(home), profile_path)
        selection = dg.AssetSelection.assets(["raw", "pages"], ["filtered", "pages"])
        jobs = dg.Definitions(jobs=[dg.define_asset_job("some", selection=selection)])
        job = dg.Definitions.merge(definitions, jobs).resolve_job_def("some")
        assert job.execute_in_process(partition_key=DAY, instance=instance).success
    command = [sys.executable, "-m", "heal_pipeline.cli", "ui", "--profile", profile_path, "--home", str(home)]
    process = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            time.sleep(0.5)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=2)
                break
            except OSError:
                assert process.poll() is None
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_the_ui_shows_what_an_asset_is_and_did(address: str, tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: install it (Debian: chromium)")
    from playwright.sync_api import sync_playwright

    asked: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.set_default_timeout(PAGE_TIMEOUT)
        page.on("request", lambda request: asked.add(request.url))

        page.goto(f"{address}/assets/raw/pages")
        page.get_by_text("Records of pages as they came in, one document each.").first.wait_for()
        page.get_by_text("library", exact=True).first.wait_for()
        page.get_by_text("content_id").first.wait_for()

        page.goto(f"{address}/assets/filtered/pages?view=checks")
        page.get_by_text("gates").first.wait_for()
        page.get_by_text("blocking").first.wait_for()

        page.goto(f"{address}/asset-groups")
        page.get_by_text("filtered").first.wait_for()
        browser.close()
    outside = {url for url in asked if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))}
    assert not outside, "the pages ask for nothing from elsewhere"
