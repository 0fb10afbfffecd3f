"""Mixtures and plans as artifacts: phases that follow each other, ablations, tuning, and what they refuse."""

import json
from collections import Counter

import pytest
from token_home import TokenHome, passed

from heal_pipeline import artifacts, packing, phases, releases
from heal_pipeline.errors import GateError, UserError
from heal_pipeline.lake import write_json
from heal_pipeline.phases.decisions import Decision
from heal_pipeline.phases.plan import Plan
from heal_pipeline.shards import Shard


@pytest.fixture
def home(lake) -> TokenHome:
    return TokenHome(lake).pack()


def with_settings(home: TokenHome, section: str, **values):
    return home.profile.model_copy(update={section: getattr(home.profile, section).model_copy(update=values)})


def plan_path(home: TokenHome, name: str):
    return artifacts.content(home.lake, f"cleared/phases/{name}/shards") / "plan.json"


def record(home: TokenHome, name: str) -> dict:
    return json.loads(plan_path(home, name).read_text())


def rates(home: TokenHome, name: str) -> dict:
    folder = artifacts.content(home.lake, f"cleared/phases/{name}/mixture")
    return json.loads((folder / "mixture.json").read_text())


def drawn(home: TokenHome, name: str) -> list[tuple[str, int]]:
    plan = Plan.load(plan_path(home, name))
    return [row for step in range(plan.num_steps) for row in plan.rows(step)]


def validate_phase(home: TokenHome, name: str, losses: dict[str, list[float]]) -> None:
    steps = range(len(next(iter(losses.values()))))
    evaluations = [
        {"step": 5 * i, "tokens": 100 * i, "losses": {s: values[i] for s, values in losses.items()}} for i in steps
    ]
    with artifacts.stage(home.lake, f"cleared/phases/{name}/validation") as staged:
        write_json(staged.path / "validation.json", {"evaluations": evaluations})
        staged.commit()


def first_phase(home: TokenHome) -> None:
    phases.mixture(home.lake, home.profile, "phase_1", None)
    phases.shards(home.lake, home.profile, "phase_1")


def second_phase(home: TokenHome) -> None:
    falling, stable = [8.0, 6.0, 5.0, 4.5, 4.0], [8.0, 5.0, 4.0, 4.0, 4.0]
    losses = {"web": stable, "papers": falling, "notes": falling, "tasks": falling}
    validate_phase(home, "phase_1", losses)
    phases.mixture(home.lake, home.profile, "phase_2", "phase_1")
    phases.shards(home.lake, home.profile, "phase_2")


def test_the_first_mixture_has_equal_groups(home: TokenHome) -> None:
    first_phase(home)
    found = rates(home, "phase_1")["rates"]
    assert found["web"] == pytest.approx(1 / 3)
    assert found["notes"] + found["tasks"] == pytest.approx(1 / 3)


def test_a_plan_meets_its_budget_from_rows_that_are_there(home: TokenHome) -> None:
    first_phase(home)
    plan = record(home, "phase_1")
    rows = drawn(home, "phase_1")
    shards = {s: Shard.open(home.lake.home / v["shard"]) for s, v in plan["sources"].items()}
    tokens = sum(int(shards[s].row_tokens[row]) for s, row in rows)
    assert tokens == plan["num_tokens"] == sum(v["tokens"] for v in plan["sources"].values())
    assert abs(tokens - home.profile.phases.tokens_per_phase) < plan["max_length"]
    assert {s: v["rows"] for s, v in plan["sources"].items()} == Counter(s for s, _ in rows)
    assert all(v["num_rows"] == shards[s].num_rows for s, v in plan["sources"].items())
    assert (plan["num_rows"], plan["max_length"], plan["rows_per_step"]) == (len(rows), 64, 8)
    assert plan["num_steps"] == -(-len(rows) // 8)


def test_validation_rows_are_named_for_every_source(home: TokenHome) -> None:
    first_phase(home)
    found = record(home, "phase_1")["validation"]
    assert list(found) == ["web", "papers", "notes", "tasks"]
    assert all(Shard.open(home.lake.home / v["shard"]).num_rows == v["num_rows"] for v in found.values())


def test_a_stabilised_source_is_sampled_less_in_the_next_phase(home: TokenHome) -> None:
    first_phase(home)
    second_phase(home)
    before, after = rates(home, "phase_1"), rates(home, "phase_2")
    assert after["rates"]["web"] == pytest.approx(before["rates"]["web"] / 2)
    assert all(after["rates"][s] > before["rates"][s] for s in ("papers", "notes", "tasks"))
    decision = next(d for d in after["decisions"] if d["source"] == "web")
    assert decision["stabilised"]
    assert decision["losses"][-1] == [20, 4.0]
    inputs = artifacts.manifest(home.lake, "cleared/phases/phase_2/mixture").inputs
    assert {"cleared/phases/phase_1/mixture", "cleared/phases/phase_1/validation"} <= set(inputs)


def test_the_second_phase_goes_on_where_the_first_stopped(home: TokenHome) -> None:
    first_phase(home)
    second_phase(home)
    one, two = record(home, "phase_1"), record(home, "phase_2")
    assert {s: v["cursor"] for s, v in two["sources"].items()} == {
        s: v["next_cursor"] for s, v in one["sources"].items()
    }
    rows = drawn(home, "phase_1") + drawn(home, "phase_2")
    for source, values in two["sources"].items():
        mine = [row for s, row in rows if s == source]
        size = values["num_rows"]
        assert all(n == 1 for n in Counter(mine[:size]).values())
        assert values["epochs"] == pytest.approx(len(mine) / size)


def only_tasks(known):
    return [Decision("tasks", 1.0, "")]


def test_a_source_that_a_phase_leaves_out_goes_on_after_it(home: TokenHome) -> None:
    first_phase(home)
    flat = {s: [4.0, 4.0, 4.0] for s in ("web", "papers", "notes", "tasks")}
    for name, previous, rule in (
        ("phase_2", "phase_1", f"{__name__}:only_tasks"),
        ("phase_3", "phase_2", "proportional"),
    ):
        validate_phase(home, previous, flat)
        profile = with_settings(home, "phases", rule=rule, tokens_per_phase=500)
        phases.mixture(home.lake, profile, name, previous)
        result = phases.shards(home.lake, profile, name)
        rows = result.tables["rows_by_source"]
        assert result.metadata["most_epochs"] == max(r["epochs"] for r in rows if r["rows"])
    plans = [record(home, f"phase_{k}")["sources"] for k in (1, 2, 3)]
    assert [s for s, r in plans[1].items() if r["rows"]] == ["tasks"]
    assert plans[1]["tasks"]["epochs"] < plans[1]["web"]["epochs"] == plans[0]["web"]["epochs"]
    drawn_in_all = [Counter(s for s, _ in drawn(home, f"phase_{k}")) for k in (1, 2, 3)]
    for source, last in plans[2].items():
        assert last["cursor"] == drawn_in_all[0][source] + drawn_in_all[1][source] > 0
        assert last["next_cursor"] == last["cursor"] + drawn_in_all[2][source]
        mine = [row for k in (1, 2, 3) for s, row in drawn(home, f"phase_{k}") if s == source]
        size = last["num_rows"]
        assert all(len(set(mine[i : i + size])) == len(mine[i : i + size]) for i in range(0, len(mine), size))


def test_a_source_that_a_phase_leaves_out_may_not_change_either(home: TokenHome) -> None:
    home.profile = with_settings(home, "phases", initial=f"{__name__}:only_tasks", rule="proportional")
    first_phase(home)
    second_phase(home)
    dropped = next(r["doc_id"] for r in home.rows if r["source"] == "papers")
    home.survive(home.rows, frozenset({dropped}))
    home.pack()
    with pytest.raises(GateError, match="papers changed since phase_1 was planned: rematerialise phase_1"):
        phases.shards(home.lake, home.profile, "phase_2")


def test_phases_need_something_held_out(lake) -> None:
    home = TokenHome(lake, packing={"max_length": 64, "validation_share": 0, "validation_minimum": 0}).pack()
    phases.mixture(lake, home.profile, "phase_1", None)
    with pytest.raises(UserError, match=r"nothing of the release is held out.*: add documents, or raise packing"):
        phases.shards(lake, home.profile, "phase_1")
    phases.shards(lake, home.profile, "ablation_medical")


def test_an_ablation_reads_its_groups_alone(home: TokenHome) -> None:
    phases.shards(home.lake, home.profile, "ablation_medical")
    plan = record(home, "ablation_medical")
    assert set(plan["sources"]) == {"papers", "notes", "tasks"}
    assert plan["sources"]["papers"]["rate"] == pytest.approx(0.5)
    assert abs(plan["num_tokens"] - home.profile.ablation.tokens["medical"]) < plan["max_length"]
    assert "web" in plan["validation"]


def test_a_smaller_ablation_is_the_beginning_of_a_larger_one(home: TokenHome) -> None:
    phases.shards(home.lake, home.profile, "ablation_medical")
    large = drawn(home, "ablation_medical")
    phases.shards(home.lake, with_settings(home, "ablation", tokens={"medical": 1000}), "ablation_medical")
    small = drawn(home, "ablation_medical")
    assert 0 < len(small) < len(large)
    assert large[: len(small)] == small


def test_another_rule_sets_the_later_mixtures(home: TokenHome) -> None:
    home.profile = with_settings(home, "phases", rule="temperature", temperature=2.0)
    first_phase(home)
    second_phase(home)
    one, two = rates(home, "phase_1"), rates(home, "phase_2")
    assert (one["rule"], two["rule"]) == ("equal_groups", "temperature")
    rows = {s: v["num_rows"] for s, v in record(home, "phase_2")["sources"].items()}
    assert two["rates"]["web"] / two["rates"]["tasks"] == pytest.approx((rows["web"] / rows["tasks"]) ** 0.5)
    assert [p["phase"] for p in two["over_phases"]] == ["phase_1", "phase_2"]


def test_the_charts_show_the_mixture_over_phases_and_what_is_read_again(home: TokenHome) -> None:
    home.profile = with_settings(home, "phases", tokens_per_phase=12000)
    first_phase(home)
    second_phase(home)
    mixture = phases.mixture(home.lake, home.profile, "phase_2", "phase_1").charts[-1]
    assert mixture["bars"] == ["phase_1", "phase_2"]
    assert [sum(parts) for parts in zip(*mixture["series"].values(), strict=True)] == pytest.approx([1, 1])
    result = phases.shards(home.lake, home.profile, "phase_2")
    chart, rows = result.charts[0], record(home, "phase_2")["sources"]
    assert chart["bars"] == list(rows)
    both = [sum(parts) for parts in zip(*chart["series"].values(), strict=True)]
    assert both == pytest.approx([r["tokens"] for r in rows.values()])
    for again, r in zip(chart["series"]["read again"], rows.values(), strict=True):
        fresh = max(0, r["num_rows"] - r["cursor"])
        assert (again > 0) == (r["rows"] > fresh)


def test_tuning_reads_the_instructions_for_whole_epochs(home: TokenHome) -> None:
    phases.shards(home.lake, home.profile, "tuning")
    plan = record(home, "tuning")
    assert set(plan["sources"]) == set(plan["validation"]) == {"tasks"}
    size = plan["sources"]["tasks"]["num_rows"]
    assert Counter(drawn(home, "tuning")) == {("tasks", row): 2 for row in range(size)}
    phases.shards(home.lake, with_settings(home, "training", tuning_max_steps=2), "tuning")
    assert record(home, "tuning")["num_rows"] == 16


def test_a_plan_is_the_same_when_it_is_made_again(home: TokenHome) -> None:
    first_phase(home)
    before = plan_path(home, "phase_1").read_bytes()
    first_phase(home)
    assert plan_path(home, "phase_1").read_bytes() == before


def test_runs_that_the_profile_has_not_are_refused(home: TokenHome) -> None:
    for name in ("ablation_books", "pretraining"):
        with pytest.raises(UserError, match="the profile has no run"):
            phases.shards(home.lake, home.profile, name)


def test_a_subset_and_tuning_without_rows_are_the_users_to_mend(lake) -> None:
    home = TokenHome(lake, documents=6)
    home.rows = [r for r in home.rows if r["source"] == "web"]
    home.tokenize(home.rows)
    home.survive(home.rows)
    home.pack()
    with pytest.raises(UserError, match="no instruction rows"):
        phases.shards(lake, home.profile, "tuning")
    with pytest.raises(UserError, match="no source of the subset 'medical'"):
        phases.shards(lake, home.profile, "ablation_medical")
    result = phases.mixture(lake, home.profile, "phase_1", None)
    assert "papers" in result.metadata["note"]
    assert rates(home, "phase_1")["rates"] == {"web": 1.0}


def test_a_release_that_was_not_packed_is_refused(lake) -> None:
    home = TokenHome(lake, documents=6)
    with pytest.raises(GateError, match="release has not been committed"):
        phases.mixture(lake, home.profile, "phase_1", None)
    releases.cut(lake, home.profile)
    with pytest.raises(UserError, match="materialise packed"):
        phases.mixture(lake, home.profile, "phase_1", None)


def test_training_and_validation_rows_of_different_splits_are_refused(home: TokenHome) -> None:
    packing.validation_set(home.lake, with_settings(home, "packing", validation_share=0.2))
    with pytest.raises(GateError, match="different settings of packing"):
        phases.shards(home.lake, home.profile, "tuning")


def test_a_phase_over_other_rows_than_the_one_before_is_refused(home: TokenHome) -> None:
    first_phase(home)
    second_phase(home)
    home.survive(home.rows, frozenset({home.rows[0]["doc_id"]}))
    home.pack()
    with pytest.raises(GateError, match="changed since phase_1 was planned: rematerialise phase_1"):
        phases.shards(home.lake, home.profile, "phase_2")


def test_another_seed_in_the_middle_of_the_phases_is_refused(home: TokenHome) -> None:
    first_phase(home)
    second_phase(home)
    profile = home.profile.model_copy(update={"seed": 99})
    packing.pack(home.lake, profile, passed)
    packing.validation_set(home.lake, profile)
    with pytest.raises(GateError, match="rematerialise phase_1 first"):
        phases.shards(home.lake, profile, "phase_2")


def test_rows_of_another_length_are_refused(home: TokenHome) -> None:
    with pytest.raises(GateError, match=r"rows of 64 tokens, packing\.max_length is 128"):
        phases.mixture(home.lake, with_settings(home, "packing", max_length=128), "phase_1", None)


def test_shards_of_another_tokenizer_are_refused(home: TokenHome) -> None:
    home.make_tokenizer(400)
    with pytest.raises(GateError, match="another tokenizer"):
        phases.mixture(home.lake, home.profile, "phase_1", None)
