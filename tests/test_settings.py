"""Settings: precedence, types, unknown keys, and how little a workspace may say."""

from __future__ import annotations

import os
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.errors import UsageError
from sstar_lsp.records import Usage
from sstar_lsp.settings import (
    CAPS,
    ENVIRONMENT,
    WORKSPACE_SECTIONS,
    Budget,
    Layer,
    ModelSettings,
    Price,
    Rule,
    SandboxSettings,
    Settings,
    SolveSettings,
    Trust,
    check_workspace_file,
    environment_layer,
    load_settings,
    parse_budget,
    settings_from,
    user_file,
    workspace_file,
)

SECTIONS = {"solve": SolveSettings, "model": ModelSettings, "sandbox": SandboxSettings}
SOURCES = ("user file", "sstar.toml", "editor", "environment", "command line")
"""Lowest precedence first."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config folder of this test's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    user_file().parent.mkdir(parents=True)
    return tmp_path


def set_samples(home: Path, source: str, value: int) -> dict[str, object]:
    """Set N in one source; returns what ``load_settings`` must be called with for it."""
    toml = f"[solve]\nsamples = {value}\n"
    match source:
        case "user file":
            user_file().write_text(toml)
            return {}
        case "sstar.toml":
            (home / "sstar.toml").write_text(toml)
            return {}
        case "editor":
            return {"editor": {"solve": {"samples": value}}}
        case "environment":
            return {"environ": {"SSTAR_SAMPLES": str(value)}}
        case _:
            return {"command_line": {"solve": {"samples": value}}}


def test_without_any_source_the_defaults_stand(home: Path) -> None:
    assert load_settings(home, environ={}) == Settings()


@pytest.mark.parametrize("count", range(1, len(SOURCES) + 1))
def test_of_all_sources_that_set_a_key_the_highest_wins(home: Path, count: int) -> None:
    given_by: dict[str, object] = {"environ": {}}
    for number, source in enumerate(SOURCES[:count], 1):
        given_by.update(set_samples(home, source, 10 - number))
    assert load_settings(home, **given_by).solve.samples == 10 - count  # type: ignore[arg-type]


def test_a_key_that_a_higher_source_leaves_out_keeps_the_lower_ones_value(home: Path) -> None:
    user_file().write_text("[solve]\nsamples = 3\nrounds = 6\n")
    (home / "sstar.toml").write_text("[solve]\nrounds = 5\n")
    solve = load_settings(home, environ={}).solve
    assert (solve.samples, solve.rounds) == (3, 5)


def test_the_nearest_workspace_file_above_the_document_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    (tmp_path / "sstar.toml").touch()
    (tmp_path / "a" / "b" / "sstar.toml").touch()
    assert workspace_file(inner) == tmp_path / "a" / "b" / "sstar.toml"
    assert workspace_file(tmp_path / "a") == tmp_path / "sstar.toml"
    assert workspace_file(None) is None


# --- unknown keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS)
def test_an_unknown_key_is_an_error_that_lists_the_known_ones(section: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings_from([Layer("somewhere", {section: {"smaples": 1}})])
    message = str(caught.value)
    assert "somewhere" in message
    assert f"'{section}.smaples'" in message
    assert all(attribute.name in message for attribute in attrs.fields(SECTIONS[section]))


@given(st.text().filter(lambda key: key not in {a.name for a in attrs.fields(Settings)}))
def test_a_section_that_does_not_exist_is_an_error_whatever_its_name(key: str) -> None:
    known = ", ".join(sorted(attribute.name for attribute in attrs.fields(Settings)))
    with pytest.raises(UsageError, match=f"Known here: {known}"):
        settings_from([Layer("somewhere", {key: {}})])


def test_a_section_given_as_a_value_is_an_error_that_says_so() -> None:
    with pytest.raises(UsageError, match="'solve' is a section"):
        settings_from([Layer("editor", {"solve": 8})])


# --- what a workspace may not do ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "key"),
    [
        (section, attribute.name)
        for section, schema in SECTIONS.items()
        if section not in WORKSPACE_SECTIONS
        for attribute in attrs.fields(schema)
    ],
)
def test_a_workspace_file_may_not_say_where_code_runs_or_who_writes_it(
    home: Path, section: str, key: str
) -> None:
    (home / "sstar.toml").write_text(f'[{section}]\n{key} = "x"\n')
    with pytest.raises(UsageError) as caught:
        load_settings(home, environ={})
    assert str(home / "sstar.toml") in str(caught.value)
    assert f"may not set '{section}'" in str(caught.value)


def test_a_workspace_file_may_tune_the_search(home: Path) -> None:
    (home / "sstar.toml").write_text('[solve]\nsamples = 2\nrule = "paper"\n[solve.budget]\ncalls = 9\n')
    solve = load_settings(home, environ={}).solve
    assert (solve.samples, solve.rule, solve.budget.calls) == (2, Rule.PAPER, 9)


def test_the_users_own_file_may_set_the_model(home: Path) -> None:
    user_file().write_text('[model]\nbase_url = "http://127.0.0.1:8000/v1"\n')
    assert load_settings(home, environ={}).model.base_url == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("name", ["api_key", "key", "token"])
def test_no_source_can_hold_a_key_because_there_is_no_such_setting(name: str) -> None:
    with pytest.raises(UsageError, match=f"no setting 'model.{name}'"):
        settings_from([Layer("user file", {"model": {name: "secret"}})])


# --- types ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "key", "value", "complaint"),
    [
        ("solve", "samples", "many", "wants a number"),
        ("solve", "samples", 2.5, "wants a whole number"),
        ("solve", "samples", True, "wants a number"),
        ("solve", "samples", [8], "wants a number"),
        ("solve", "samples", 0, "must be at least 1"),
        ("solve", "rounds", -1, "must be at least 0"),
        ("solve", "temperature", -0.1, "must be at least 0"),
        ("solve", "pair_inputs", "maybe", "wants true or false"),
        ("solve", "rule", "guess", "known: belief, paper"),
        ("solve", "language", 3, "wants text"),
        ("solve", "budget", 5, "is a section"),
        ("sandbox", "workers", 0, "must be at least 1"),
        ("model", "idle_timeout_s", 0, "must be at least 0.1"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_its_source(
    section: str, key: str, value: object, complaint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        settings_from([Layer("here", {section: {key: value}})])
    message = str(caught.value)
    assert message.startswith("here: ")
    assert key in message
    assert complaint in message


@pytest.mark.parametrize(
    "value", [float("inf"), float("nan"), "inf", "nan", 10**400], ids=lambda v: str(v)[:6]
)
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    for values in ({"samples": value}, {"temperature": value}, {"budget": {"seconds": value}}):
        with pytest.raises(UsageError, match="wants a"):
            settings_from([Layer("sstar.toml", {"solve": values})])


@given(st.integers(1, 10**6))
def test_a_number_written_as_text_means_the_same_number(number: int) -> None:
    as_text = settings_from([Layer("environment", {"solve": {"samples": str(number)}})])
    assert as_text == settings_from([Layer("editor", {"solve": {"samples": number}})])


@given(st.floats(0, 10, allow_nan=False))
def test_a_fraction_written_as_text_means_the_same_fraction(number: float) -> None:
    settings = settings_from([Layer("environment", {"solve": {"temperature": repr(number)}})])
    assert settings.solve.temperature == number


def test_an_empty_text_takes_an_optional_setting_back() -> None:
    layers = [Layer("user file", {"model": {"model": "a"}}), Layer("editor", {"model": {"model": ""}})]
    assert settings_from(layers).model.model is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
        lambda inner: st.dictionaries(
            st.sampled_from([*SECTIONS, "samples", "budget", "calls", "rule"]), inner
        ),
    )
)
def test_whatever_an_editor_sends_gives_settings_or_a_usage_error(value: object) -> None:
    try:
        settings = settings_from([Layer("editor", {"solve": value})])
    except UsageError:
        return
    assert settings.model == ModelSettings()


# --- files and environment ------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"[solve\n", b"samples == 1", b"\xff\xfe\x00"])
def test_a_file_that_is_no_toml_is_named(home: Path, content: bytes) -> None:
    (home / "sstar.toml").write_bytes(content)
    with pytest.raises(UsageError, match=r"sstar\.toml: cannot be read as TOML"):
        load_settings(home, environ={})


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_each_environment_variable_reaches_its_setting(name: str) -> None:
    section, key = ENVIRONMENT[name]
    settings = settings_from([environment_layer({name: "7"})])
    assert str(getattr(getattr(settings, section), key)) == "7"


def test_an_empty_environment_variable_counts_as_unset() -> None:
    assert environment_layer(dict.fromkeys(ENVIRONMENT, "")).values == {}


# --- budgets --------------------------------------------------------------------------------------


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "calls": st.integers(1, 10**6),
            "tokens": st.integers(1, 10**9),
            "money": st.floats(0, 10**4, allow_nan=False),
            "seconds": st.floats(0, 10**6, allow_nan=False),
        },
    )
)
def test_a_budget_reads_back_as_it_was_written(caps: dict[str, int | float]) -> None:
    text = ", ".join(f"{key}={value}" for key, value in caps.items())
    settings = settings_from([Layer("command line", {"solve": {"budget": parse_budget(text)}})])
    assert settings.solve.budget == Budget(**caps)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["40", "calls", "call=4", "calls:4", "hours=3"])
def test_a_budget_that_is_not_understood_shows_how_one_is_written(text: str) -> None:
    with pytest.raises(UsageError, match=r"calls=40,tokens=20000,money=0\.5,seconds=300"):
        parse_budget(text)


@pytest.mark.parametrize("text", ["calls=0", "tokens=-1", "seconds=-2", "calls=x", "money=-1"])
def test_a_budget_that_no_run_could_keep_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"solve\.budget"):
        settings_from([Layer("command line", {"solve": {"budget": parse_budget(text)}})])


# --- prices ---------------------------------------------------------------------------------------

PRICED = {
    "currency": "EUR",
    "models": {"small/one": {"prompt": 0.2, "completion": 0.8}, "big": {"prompt": 3}},
}


def test_prices_are_a_table_by_model_name_and_rows_of_lower_layers_stay() -> None:
    over = {"models": {"small/one": {"cached": 0.1}}}
    prices = settings_from(
        [Layer("user", {"prices": PRICED}), Layer("command line", {"prices": over})]
    ).prices
    assert prices.currency == "EUR"
    assert prices.models == {"small/one": Price(0.2, 0.1, 0.8), "big": Price(3)}


def test_a_cost_counts_cached_tokens_at_their_own_price() -> None:
    usage = Usage(prompt_tokens=1_000_000, completion_tokens=500_000, cached_tokens=400_000)
    assert Price(1.0, 0.25, 4.0).of(usage) == pytest.approx(0.6 + 0.1 + 2.0)
    assert Price(1.0, None, 4.0).of(usage) == pytest.approx(1.0 + 2.0)


@pytest.mark.parametrize(
    ("prices", "complaint"),
    [
        ({"models": {"a": 3}}, "table of sections"),
        (
            {"models": {"a": {"promt": 3}}},
            r"prices\.models\.a\.promt.*Known here: cached, completion, prompt",
        ),
        ({"models": {"a": {"prompt": -3}}}, "at least 0"),
        ({"models": {"a": {"prompt": "much"}}}, "wants a number"),
    ],
)
def test_a_price_that_is_none_is_refused(prices: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        settings_from([Layer("user", {"prices": prices})])


def test_a_workspace_sets_no_prices(home: Path) -> None:
    (home / "sstar.toml").write_text("[prices.models.a]\nprompt = 0\n")
    with pytest.raises(UsageError, match="may not set 'prices'"):
        load_settings(home, environ={})


@pytest.mark.parametrize("value", [["a", "b"], "a, b", "a b"])
def test_a_list_is_a_list_or_words_with_commas_or_blanks(value: object) -> None:
    layer = Layer("x", {"sandbox": {"libraries": value}})
    assert settings_from([layer]).sandbox.libraries == ("a", "b")


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("sandbox", "libraries", 5, "wants a list of texts, got 5"),
        ("sandbox", "libraries", ["a", 5], "wants a list of texts"),
        ("sandbox", "libraries", ["../x"], "'../x' is not the name of a Python module"),
        ("sandbox", "libraries", ["x" + str(i) for i in range(51)], "at most 50"),
        ("solve", "cpp_standard", "c++98", "unknown C\\+\\+ standard 'c\\+\\+98'; known: c\\+\\+11"),
        ("solve", "cpp_flags", ["-O3", "-fplugin=x.so"], "'-fplugin=x.so' is not allowed; allowed: -O"),
        ("solve", "time_multiplier", 0, "must be at least 0.1"),
        ("solve", "time_multiplier", 1e6, "must be at most 100"),
    ],
)
def test_a_wrong_value_of_how_programs_run_is_refused_with_its_reason(
    section: str, key: str, value: object, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        settings_from([Layer("x", {section: {key: value}})])


def test_a_workspace_may_set_the_standard_and_harmless_flags_but_no_libraries() -> None:
    solve = {"cpp_standard": "c++17", "cpp_flags": ["-O3"], "time_multiplier": 2.0}
    found = settings_from([Layer("x", {"solve": solve}, Trust.FOLDER)]).solve
    assert (found.cpp_standard, found.cpp_flags, found.time_multiplier) == ("c++17", ("-O3",), 2.0)
    with pytest.raises(UsageError, match="may not set 'sandbox'"):
        settings_from([Layer("x", {"sandbox": {"libraries": ["numpy"]}}, Trust.FOLDER)])


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_settings_file_that_is_a_pipe_or_a_device_is_refused_and_never_waited_for(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "sstar.toml"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(UsageError, match="no regular file"):
        check_workspace_file(path)


def cap_of(settings: Settings, path: str) -> float | None:
    """The value of a cap, by its dotted path."""
    value: object = settings
    for key in path.split("."):
        value = getattr(value, key)
    assert value is None or isinstance(value, int | float)
    return value


def nested(values: dict[str, object]) -> dict[str, object]:
    """Mappings as a source has them, of values by dotted path."""
    made: dict[str, object] = {}
    for path, value in values.items():
        inner = made
        *sections, key = path.split(".")
        for section in sections:
            inner = inner.setdefault(section, {})  # type: ignore[assignment]
        inner[key] = value
    return made


SEARCH_CAPS = [path for path in CAPS if path.startswith("solve.")]
ASKS = st.dictionaries(
    st.sampled_from(SEARCH_CAPS), st.one_of(st.integers(16, 10**9), st.just("")), max_size=4
)
LAYERS = st.lists(st.builds(lambda trust, ask: (trust, ask), st.sampled_from(Trust), ASKS), max_size=6)


@given(LAYERS)
def test_no_source_but_the_person_raises_a_cap_whatever_the_sources_and_their_order(
    sources: list[tuple[Trust, dict[str, object]]],
) -> None:
    asked = [
        {path: value for path, value in ask.items() if value != "" or ".budget." in path}
        for _, ask in sources
    ]
    layers = [
        Layer(f"{number} {trust}", nested(ask), trust)
        for number, ((trust, _), ask) in enumerate(zip(sources, asked, strict=True))
    ]
    lines: list[str] = []
    settings = settings_from(layers, lines.append)
    for path, maximum in CAPS.items():
        stated = [(layer, ask[path]) for layer, ask in zip(layers, asked, strict=True) if path in ask]
        by_the_person = [value for layer, value in stated if layer.trust is Trust.OWN]
        own = next((value for value in by_the_person[-1:] if value != ""), None)
        value, highest = cap_of(settings, path), stated[-1][0].trust if stated else None
        if highest in (Trust.ASKED, Trust.OWN):
            assert value == (stated[-1][1] if stated[-1][1] != "" else None)
            continue
        if highest is None:
            assert value == cap_of(Settings(), path)
        elif own is not None:
            assert value is not None
            assert value <= own  # type: ignore[operator]
        elif maximum is not None:
            assert value is not None
            assert value <= maximum
        if stated and value != (stated[-1][1] if stated[-1][1] != "" else None):
            assert any(line.startswith(stated[-1][0].source) and path in line for line in lines)


@pytest.mark.parametrize("source", ["sstar.toml", "parent", "editor", "agent"])
def test_a_cloned_folder_an_editor_or_an_agent_lifts_no_cap_of_the_person(home: Path, source: str) -> None:
    user_file().write_text("[solve]\nsamples = 4\n[solve.budget]\ncalls = 20\ntokens = 5000\n")
    folder = home / "clone" / "problems"
    folder.mkdir(parents=True)
    more = {"solve": {"samples": 60, "rounds": 4, "budget": {"calls": 900, "tokens": 10**9, "seconds": 5}}}
    toml = (
        "[solve]\nsamples = 60\nrounds = 4\nbudget = { calls = 900, tokens = 1_000_000_000, seconds = 5 }\n"
    )
    if source in ("sstar.toml", "parent"):
        (folder if source == "sstar.toml" else folder.parent).joinpath("sstar.toml").write_text(toml)
    lines: list[str] = []
    solve = load_settings(
        folder,
        editor=more if source == "editor" else None,
        agent=more if source == "agent" else None,
        environ={},
        tell=lines.append,
    ).solve
    assert (solve.samples, solve.rounds, solve.budget) == (4, 4, Budget(calls=20, tokens=5000, seconds=5))
    for path in ("solve.samples", "solve.budget.calls", "solve.budget.tokens"):
        assert any(f"'{path}' asks for" in line and str(user_file()) in line for line in lines)


def test_an_empty_cap_in_a_folder_takes_no_cap_of_the_person_away(home: Path) -> None:
    user_file().write_text("[solve.budget]\ntokens = 5000\n")
    (home / "sstar.toml").write_text('[solve.budget]\ntokens = ""\n')
    assert load_settings(home, environ={}).solve.budget.tokens == 5000


def test_the_command_line_lifts_a_cap_of_the_person_and_says_so(home: Path) -> None:
    user_file().write_text("[solve]\nsamples = 4\n")
    lines: list[str] = []
    settings = load_settings(home, command_line={"solve": {"samples": 100}}, environ={}, tell=lines.append)
    assert settings.solve.samples == 100
    assert lines == [f"command line: 'solve.samples' is lifted from 4 ({user_file()}) to 100."]


def test_a_folder_that_asks_for_more_than_is_usual_is_named_and_has_a_maximum(home: Path) -> None:
    (home / "sstar.toml").write_text("[solve]\nsamples = 1000\nrounds = 3\n")
    lines: list[str] = []
    solve = load_settings(home, environ={}, tell=lines.append).solve
    assert (solve.samples, solve.rounds) == (CAPS["solve.samples"], 3)
    assert len(lines) == 2
    assert "'solve.samples' asks for 1000; 64 is the most" in lines[0]
    assert "'solve.rounds' is raised from 2 to 3 by this folder" in lines[1]
