"""The page and the terminal show every table of a home, say what is absent, and ask nothing of a network."""

import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest

from heal_pipeline import artifacts, report
from heal_pipeline.lake import Lake, write_json
from heal_pipeline.report.tables import SECTIONS, Table
from heal_pipeline.report.terminal import column_blocks
from tests.report.conftest import NUM_STEPS, Home

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VOID = {"meta", "line", "circle", "path", "polyline", "img", "br"}


class Balanced(HTMLParser):
    """Notes elements that are not closed, identities, and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "action", "data"):
                self.addresses.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag


@pytest.fixture
def page(home: Home) -> str:
    report.build(home.lake, home.profile)
    return (home.lake.reports / "report.html").read_text()


def test_the_page_is_whole_and_asks_for_nothing(page: str) -> None:
    found = Balanced(page)
    assert found.open == []
    assert not found.names & {"script", "link", "iframe", "object", "form"}
    assert len(found.ids) == len(set(found.ids))
    assert {a for a in found.addresses if not a.startswith("#")} == set()
    assert {a[1:] for a in found.addresses} <= set(found.ids)
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)


def test_every_section_is_there_in_order(page: str) -> None:
    places = [page.index(f'<section id="{name}"') for name in [*SECTIONS, "seconds", "run"]]
    assert places == sorted(places)
    assert "Absent: there is no tuned model: <code>heal run --job train</code>." in page
    assert "Absent: not made in this home yet." in page
    assert page.count('<svg class="chart"') == 10


def test_what_a_report_says_is_shown_as_text(home: Home) -> None:
    table = {"title": "<b>T</b>", "columns": ["<i>c</i>"], "rows": [["<script>x</script>"]], "note": "a < b"}
    write_json(home.lake.reports / "dedup.json", {"title": "A & B", "tables": [table]})
    report.build(home.lake, home.profile)
    page = (home.lake.reports / "report.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "A &amp; B" in page
    assert "<b>T" not in page


def test_building_twice_gives_the_same_page(home: Home, page: str) -> None:
    result = report.build(home.lake, home.profile)
    assert (home.lake.reports / "report.html").read_text() == page
    assert result.rows_out == sum(not s.absent for s in report.sections(home.lake, home.profile))


def test_an_empty_home_has_a_page_too(lake: Lake, home: Home, tmp_path: Path) -> None:
    empty = Lake(tmp_path / "empty")
    report.build(empty, home.profile)
    text = (empty.reports / "report.html").read_text()
    assert Balanced(text).open == []
    assert text.count("Absent: ") >= len(SECTIONS) - 2
    assert json.loads((empty.reports / "training.json").read_text())["absent"]


def test_the_training_report_holds_the_trainers_numbers(home: Home) -> None:
    value = report.training(home.lake, home.profile)
    assert json.loads((home.lake.reports / "training.json").read_text()) == value
    runs, mixtures = value["tables"]
    first = dict(zip(runs["columns"], runs["rows"][0], strict=True))
    assert [row[0] for row in runs["rows"]] == ["phase_1", "phase_2", "tuned_model", "ablation_medical"]
    assert (first["steps"], first["tokens"], first["seconds"], first["processes"]) == (NUM_STEPS, 40_000, 12.5, 2)
    assert mixtures["columns"] == ["source", "group", "phase_1 share"]
    assert sum(row[2] for row in mixtures["rows"]) == pytest.approx(1)
    phases = value["charts"][0]["series"]
    assert phases["phase_2"][0][0] == NUM_STEPS + 1  # goes on where phase 1 ended
    assert phases["phase_1"][2] == [3, None]  # a skipped step is a gap


def test_status_names_the_gate_what_failed_in_it_and_the_remedy(home: Home) -> None:
    sources, gates, models = report.status(home.lake, home.profile)
    assert [row[4] for row in sources.rows if row[0] == "notes"] == ["no day has passed its gates"]
    assert [row[:3] for row in gates.rows] == [
        ["raw/notes@2026-01-06", "expectations:raw", "expect_column_values_to_be_in_set (kind)"],
        ["raw/notes@2026-01-06", "rows_conserved", "rows in 12, kept 9, dropped 2"],
    ]
    assert all("`heal run --job refresh`" in row[3] for row in gates.rows)
    assert "phase_1" in [row[0] for row in models.rows]


def commit_clean(home: Home, day: str, documents: int) -> None:
    """A day of the source web that came in and went through its stages, with so many documents left."""
    for stage in ("raw", "filtered"):
        with home.lake.stage(home.lake.table(f"{stage}/web", day)) as staged:
            staged.write(pa.table({"doc_id": [f"{i:032x}" for i in range(documents)]}))
            staged.commit()


def state_of(home: Home, source: str) -> str:
    return next(row[4] for row in report.status(home.lake, home.profile)[0].rows if row[0] == source)


def test_status_of_a_source_whose_documents_are_all_dropped(home: Home) -> None:
    shutil.rmtree(home.lake.home / "cleared" / "filtered" / "web", ignore_errors=True)
    commit_clean(home, "2026-01-05", 0)
    assert state_of(home, "web") == "all documents dropped: source excluded"


def test_status_shows_a_failed_day_before_a_good_one(home: Home) -> None:
    shutil.rmtree(home.lake.home / "cleared" / "filtered" / "web", ignore_errors=True)
    for day in ("2026-01-06", "2026-01-07"):
        commit_clean(home, day, 3)
    (home.lake.home / "cleared" / "raw" / "web" / "2026-01-04").mkdir()
    assert state_of(home, "web") == "not clean: 2026-01-04"


def test_status_names_the_release_that_a_model_was_made_from(home: Home) -> None:
    plan = "cleared/phases/phase_1/shards"
    with artifacts.stage(home.lake, plan) as staged:
        staged.commit({"release": "feedfacefeedface"})
    inputs = {plan: artifacts.manifest(home.lake, plan).fingerprint}
    for name in ("phase_1", "pretrained_model"):
        with artifacts.stage(home.lake, f"models/{name}", inputs=inputs) as staged:
            (staged.path / "weights").write_text(name)
            staged.commit()
        inputs = {f"models/{name}": artifacts.manifest(home.lake, f"models/{name}").fingerprint}
    rows = {row[0]: row[2] for row in report.status(home.lake, home.profile)[2].rows}
    assert rows["phase_1"] == rows["pretrained_model"] == "feedfacefeedface"
    assert rows["phase_2"] is None


def test_status_of_an_untouched_home(home: Home, tmp_path: Path) -> None:
    sources, gates, models = report.status(Lake(tmp_path / "empty"), home.profile)
    assert {row[4] for row in sources.rows} == {"not run yet"}
    assert gates.rows == []
    assert gates.note.startswith("None")
    assert models.note == "None yet."


def test_the_funnel_follows_documents_to_the_release(home: Home) -> None:
    with home.lake.stage(home.lake.table("raw/web", "2026-01-05")) as staged:
        import pyarrow as pa

        staged.write(pa.table({"doc_id": [f"{i:032x}" for i in range(50)]}))
        staged.commit()
    [table] = [t for s in report.sections(home.lake, home.profile) for t in s.tables if t.title == "Documents by stage"]
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["source"], row["raw"], row["survivors"], row["release"]) == ("web", 50, 40, 40)
    assert row["share released"] == 0.8
    assert table.rows[-1][0] == "all sources"


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal(home: Home, width: int) -> None:
    stream = io.StringIO()
    shown = [*report.tables(home.lake, home.profile), *report.status(home.lake, home.profile)]
    report.print_tables(shown, stream, width)
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert any("Perplexity by source" in line for line in lines)
    assert any("Absent: there is no tuned model" in line for line in lines)


def test_no_column_of_a_wide_table_is_lost() -> None:
    table = Table("T", [f"column {i}" for i in range(30)], [[f"r{r}", *range(1000, 1029)] for r in range(3)])
    stream = io.StringIO()
    report.print_tables([table], stream, 60)
    text = stream.getvalue()
    assert all(f"{n:,}" in text for n in range(1000, 1029))
    blocks = column_blocks([10] * 30, 60)
    assert all(block[0] == 0 for block in blocks)
    assert sorted({i for block in blocks for i in block}) == list(range(30))


def test_seconds_are_added_up_by_stage_and_kind(home: Home) -> None:
    seconds = next(s for s in report.sections(home.lake, home.profile) if s.name == "seconds")
    kinds, stages = seconds.tables
    assert [row[:4] for row in stages.rows] == [["filtered/web", 20, 17, 4.0], ["phase_1/checkpoint", 320, 320, 12.0]]
    assert [row[0] for row in kinds.rows] == ["phase: checkpoint", "filtered"]
    assert kinds.rows[0][4] == pytest.approx(0.75)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to open the page in")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_a_browser_shows_the_page_without_scrolling_sideways(home: Home, page: str, scheme: str, width: int) -> None:
    from playwright.sync_api import sync_playwright

    path = home.lake.reports / "report.html"
    requests: list[str] = []
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("console", lambda message: complaints.append(message.text))
        tab.goto(path.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        light = [
            sum(map(int, re.findall(r"\d+", tab.evaluate(f"getComputedStyle(document.body).{name}"))[:3]))
            for name in ("backgroundColor", "color")
        ]
        assert (light[0] > light[1]) == (scheme == "light")
        assert abs(light[0] - light[1]) > 400
        shown = tab.locator("#perplexity svg.chart").bounding_box()
        assert shown is not None
        assert shown["height"] > 200
        browser.close()
    assert requests == [path.as_uri()]
    assert complaints == []
