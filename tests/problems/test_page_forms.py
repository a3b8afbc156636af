"""The same examples in every form of a page and in every language of the labels: what comes back is what went in."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sstar_lsp.problems.reader import read_document

LABELS = {
    "English": ("Sample Input", "Sample Output", "Input", "Output", "Examples", "Note"),
    "Japanese": ("入力例", "出力例", "入力", "出力", "例", "注意"),
    "Chinese": ("样例输入", "样例输出", "输入", "输出", "样例", "提示"),
    "Chinese, other order": ("输入样例", "输出样例", "输入", "输出", "输入输出样例", "说明/提示"),
    "Korean": ("예제 입력", "예제 출력", "입력", "출력", "예제", "힌트"),
    "Russian": ("Пример входных данных", "Пример выходных данных", "Входные данные", "Выходные данные", "Примеры", "Примечание"),
    "Portuguese": ("Exemplo de Entrada", "Exemplo de Saída", "Entrada", "Saída", "Exemplos", "Notas"),
    "Spanish": ("Ejemplo de entrada", "Ejemplo de salida", "Entrada", "Salida", "Ejemplos", "Notas"),
    "German": ("Beispieleingabe", "Beispielausgabe", "Eingabe", "Ausgabe", "Beispiele", "Hinweis"),
    "French": ("Exemple d'entrée", "Exemple de sortie", "Entrée", "Sortie", "Exemples", "Remarque"),
    "Polish": ("Przykładowe wejście", "Przykładowe wyjście", "Wejście", "Wyjście", "Przykłady", "Uwagi"),
    "Swedish": ("Exempel på indata", "Exempel på utdata", "Indata", "Utdata", "Exempel", "Förklaring"),
}  # fmt: skip
EXPLANATION = "The two largest numbers are taken here, so the answer is their sum."
Pairs = Sequence[tuple[str, str]]
Words = tuple[str, str, str, str, str, str]
Form = Callable[[Words, Pairs], str]


def numbered_fences(words: Words, pairs: Pairs) -> str:
    given, wanted, *_, note = words
    samples = [
        f"### {given} {n}\n\n```\n{a}\n```\n\n### {wanted} {n}\n\n```\n{b}\n```\n\n"
        for n, (a, b) in enumerate(pairs, 1)
    ]
    return f"# Two of them\n\nAdd up the two largest.\n\n{''.join(samples)}## {note}\n\n{EXPLANATION}\n"


def bare_labels_in_a_section(words: Words, pairs: Pairs) -> str:
    _, _, given, wanted, section, note = words
    samples = [f"**{given}**\n```\n{a}\n```\n**{wanted}**\n```\n{b}\n```\n" for a, b in pairs]
    return f"# Two of them\n\nAdd up the two largest.\n\n## {section}\n\n{''.join(samples)}\n## {note}\n\n{EXPLANATION}\n"


def plain_text_with_explanations(words: Words, pairs: Pairs) -> str:
    given, wanted, *_ = words
    samples = [
        f"{given} {n}\n{a}\n\n{wanted} {n}\n{b}\n\n{EXPLANATION}\n\n" for n, (a, b) in enumerate(pairs, 1)
    ]
    return f"Two of them\n\nAdd up the two largest.\n\n{''.join(samples)}"


def framed_by_dashes(words: Words, pairs: Pairs) -> str:
    _, _, given, wanted, section, _ = words
    samples = [f"{given}\n{a}\n\n{wanted}\n{b}\n\n" for a, b in pairs]
    return f"Add up the two largest.\n\n-----{section}-----\n{''.join(samples)}"


def framed_by_colons(words: Words, pairs: Pairs) -> str:
    _, _, given, wanted, section, note = words
    samples = [f"{given}:\n{a}\n{wanted}:\n{b}\n\n" for a, b in pairs]
    return f"Add up the two largest.\n\n{section}:\n{''.join(samples)}{note}: {EXPLANATION}\n"


def html_headings(words: Words, pairs: Pairs) -> str:
    given, wanted, *_ = words
    samples = [
        f"<section><h3>{given} {n} <button>Copy</button></h3><pre>{html.escape(a)}\n</pre></section>"
        f"<section><h3>{wanted} {n}</h3><pre>{html.escape(b)}\n</pre><p>{EXPLANATION}</p></section>"
        for n, (a, b) in enumerate(pairs, 1)
    ]
    return f"<html><body><h1>Two of them</h1><p>Add up the two largest.</p>{''.join(samples)}</body></html>"


def html_table(words: Words, pairs: Pairs) -> str:
    _, _, given, wanted, section, _ = words
    rows = [
        f"<tr><td><pre>{html.escape(a)}</pre></td><td><pre>{html.escape(b)}</pre></td></tr>" for a, b in pairs
    ]
    return f"<body><p>Add up the two largest.</p><h2>{section}</h2><table><tr><th>{given}</th><th>{wanted}</th></tr>{''.join(rows)}</table></body>"


def cells_parted_by_tabs(words: Words, pairs: Pairs) -> str:
    given, wanted, *_ = words
    samples = [f"{given} {n}\t{wanted} {n}\n\n{a}\n\n\t\n{b}\n\n" for n, (a, b) in enumerate(pairs, 1)]
    return f"Two of them\n\nAdd up the two largest.\n\n{''.join(samples)}"


def all_inputs_first(words: Words, pairs: Pairs) -> str:
    given, wanted, *_ = words
    inputs = [f"**{given} {n}**\n```\n{a}\n```\n" for n, (a, _) in enumerate(pairs, 1)]
    outputs = [f"**{wanted} {n}**\n```\n{b}\n```\n" for n, (_, b) in enumerate(pairs, 1)]
    return f"# Two of them\n\nAdd up the two largest.\n\n{''.join(inputs)}{''.join(outputs)}"


def leading_comment(words: Words, pairs: Pairs) -> str:
    return f"/*\n{plain_text_with_explanations(words, pairs)}*/\nint main() {{}}\n"


FORMS: tuple[Form, ...] = (
    numbered_fences,
    bare_labels_in_a_section,
    plain_text_with_explanations,
    framed_by_dashes,
    framed_by_colons,
    html_headings,
    html_table,
    cells_parted_by_tabs,
    all_inputs_first,
    leading_comment,
)


def name_of(form: Form) -> Path:
    suffix = {"html_headings": ".html", "html_table": ".html", "leading_comment": ".cpp"}.get(
        form.__name__, ".md"
    )
    return Path(f"/nowhere/page{suffix}")


def read_back(form: Form, language: str, pairs: Pairs) -> list[tuple[str, str]]:
    problem = read_document(form(LABELS[language], pairs), name_of(form))
    return [(test.input, test.expected) for test in problem.public_tests]


@pytest.mark.parametrize("language", LABELS)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_the_examples_come_back_exactly(form: Form, language: str) -> None:
    pairs = [("3\n4 1 9", "13"), ("2\n-5 5", "0"), ("4\n7 7 7 1", "14")]
    assert read_back(form, language, pairs) == [(a + "\n", b + "\n") for a, b in pairs]


numbers = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=4).map(
    lambda row: " ".join(map(str, row))
)
rows = st.lists(numbers, min_size=1, max_size=4).map("\n".join)
words = st.sampled_from(["Yes", "No", "POSSIBLE", "-1", "Alice", "2.5", "#..#", "abcabc"])
some_pairs = st.lists(st.tuples(rows, words | rows), min_size=1, max_size=4, unique_by=lambda pair: pair[0])


@settings(max_examples=150, deadline=None)
@given(form=st.sampled_from(FORMS), language=st.sampled_from(sorted(LABELS)), pairs=some_pairs)
def test_any_examples_come_back_exactly(form: Form, language: str, pairs: Pairs) -> None:
    assert read_back(form, language, pairs) == [(a + "\n", b + "\n") for a, b in pairs]
