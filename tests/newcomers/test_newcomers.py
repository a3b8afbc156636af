"""Three newcomers get from an empty home to a solved example by doing what the screen says, and nothing else.

Their screens are kept in ``screens/``: a changed word fails here, and is to be read as a newcomer would before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from newcomers.people import (
    ALPHABETICAL,
    Person,
    somebody_with_a_key,
    somebody_with_a_server,
    somebody_with_nothing,
)

SCREENS = Path(__file__).with_name("screens")


@pytest.mark.parametrize(
    ("somebody", "begins_with"),
    [
        (somebody_with_nothing, "sstar solve"),
        (somebody_with_a_server, "sstar doctor"),
        (somebody_with_a_key, "sstar doctor"),
    ],
)
@pytest.mark.timeout(300)
def test_a_newcomer_gets_to_a_solved_example_by_what_the_screen_says(
    somebody: Callable[[Path], AbstractContextManager[Person]], begins_with: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with somebody(home) as person:
        person.types(begins_with)
        assert person.model.calls == [], "what is found is not used unasked"
        person.goes_on()
    assert ALPHABETICAL in person.screens[-1]
    assert "chosen Village vote" in person.screens[-1]
    assert not any(secret in screen for secret in person.secrets for screen in person.screens)
    kept = SCREENS / f"{somebody.__name__}.txt"
    seen = tmp_path / kept.name
    seen.write_text(person.transcript(), "utf-8")
    assert seen.read_text("utf-8") == kept.read_text("utf-8"), f"if it reads well: cp {seen} {kept}"
