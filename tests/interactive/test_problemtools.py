"""Kattis' own verifier (problemtools) finds no error in the packages, and judges the programs as we do.

What it does with statements is left out: that needs pandoc and LaTeX.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from interactive import programs as p

VERIFY = Path(sys.executable).with_name("verifyproblem")
PARTS = ("config", "data", "validators", "graders", "submissions")
PYTHON = """\
python3:
    compile: /usr/bin/python3 -m py_compile {files}
    run: /usr/bin/python3 {mainfile}
"""
"""Kattis runs PyPy, which is not here."""
SUBMISSIONS = {
    p.EXAMPLE: {
        "accepted/cpp.cpp": p.GUESS_CPP,
        "wrong_answer/no_number.py": "print('?', flush=True)\n",
        "wrong_answer/by_heart_no_more.py": p.GUESS_BY_HEART.replace("1000, ", ""),
        "run_time_error/crashes.py": p.GUESS_CRASHES,
    },
    p.PACKAGES / "adversary": {
        "accepted/python.py": p.LAMPS,
        "accepted/cpp.cpp": p.LAMPS_CPP,
        "wrong_answer/one_by_one.py": p.LAMPS_ONE_BY_ONE,
        "wrong_answer/guesses.py": p.LAMPS_GUESSES,
    },
}

pytestmark = pytest.mark.skipif(
    not VERIFY.exists(), reason="problemtools is on PyPI for Linux on x86-64 only"
)


def verified(package: Path, tmp_path: Path) -> str:
    """What the verifier says of a package."""
    languages = tmp_path / "problemtools" / "languages.yaml"
    languages.parent.mkdir()
    languages.write_text(PYTHON)
    done = subprocess.run(
        [VERIFY, "-p", *PARTS, "--", package],
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )
    return done.stdout


@pytest.fixture
def package(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy with further programs, under a name of letters alone, which the verifier wants."""
    copy = tmp_path / "".join(filter(str.isalpha, request.param.name))
    shutil.copytree(request.param, copy)
    for name, source in SUBMISSIONS[request.param].items():
        file = copy / "submissions" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return copy


@pytest.mark.parametrize("package", SUBMISSIONS, indirect=True, ids=lambda package: package.name)
def test_the_verifier_finds_no_error_and_judges_each_program_as_expected(
    package: Path, tmp_path: Path
) -> None:
    text = verified(package, tmp_path)
    assert "tested: 0 errors" in text, text
    judged = set(re.findall(r"^ +(\S+/\S+) \(.*\) OK: ", text, re.MULTILINE))
    files = (package / "submissions").rglob("*.*")
    assert judged == {str(file.relative_to(package / "submissions")) for file in files}


@pytest.mark.parametrize("package", list(SUBMISSIONS)[:1], indirect=True, ids=lambda package: package.name)
def test_the_verifier_is_told_of_a_wrong_program_among_the_accepted(package: Path, tmp_path: Path) -> None:
    (package / "submissions" / "accepted" / "wrong.py").write_text(p.GUESS_ONE_BY_ONE)
    assert re.search(r"accepted/wrong\.py .* got WA", verified(package, tmp_path))
