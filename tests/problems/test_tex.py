r"""TeX statements as people would read them: ``problem.en.tex`` of packages, Polygon's ``olymp.sty``, plain LaTeX."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.problems.tex import MAX_EXAMPLES, MAX_TOKENS, tex_to_markdown


def read(text: str) -> str:
    return tex_to_markdown(text).markdown.removesuffix("\n")


@pytest.mark.parametrize(
    ("tex", "markdown"),
    [
        # words and signs
        (r"\textbf{bold} \emph{it} \texttt{no}", "**bold** *it* `no`"),
        (r"``\texttt{no}'' and `x' -- or --- so", "\"`no`\" and 'x' – or — so"),
        (r"50\% of \$5 \& \#1 a\_b \{x\}", "50% of $5 & #1 a_b {x}"),
        (r"a~b\ c\,d \ldots{} e", "a b cd ... e"),
        (r"one\\two\\[2mm]three\\*four", "one\ntwo\nthree\nfour"),
        (r"K\"onig \'{e} \aa ngstr\"{o}m \c{c} \v s \~n \^{\i} \ss", "König é ångström ç š ñ î ß"),
        (r"x \textbackslash{} y \textasciitilde\ z", "x \\ y ~ z"),
        (r"std::cout <{}< x", "std::cout << x"),
        (r"\verb|a_b{| and \verb+$+", "`a_b{` and `$`"),
        (r"see Figure~\ref{fig:x}\label{l} here", "see Figure  here"),
        (r"\href{http://x.example/a_b}{this} \url{http://y.example}", "this http://y.example"),
        (r"a\footnote{small} b", "a (small) b"),
        (r"\noindent \vspace{2cm}\begin{center}\large mid\end{center}", "mid"),
        (r"\unknown[opt]{kept} \other", "kept"),
        ("{\\bf heavy} text", "heavy text"),
        # comments
        ("a % gone\nb", "a b"),
        ("a % gone\n\nb", "a\n\nb"),
        ("% first\na\n  % whole line\n  b", "a\nb"),
        (r"5\% of % all", "5% of"),
        (r"a\begin{comment}x $ { \end{comment}b", "ab"),
        # formulas
        (r"$1 \le n \leq 10^{5}$", r"$1 \le n \leq 10^{5}$"),
        ("$1\n  \\le m$", r"$1 \le m$"),
        (r"\(a_i\) and \[ x^2 \]", "$a_i$ and $$x^2$$"),
        (r"$$a \% b$$", r"$$a \% b$$"),
        (r"costs $5\$$ each", r"costs $5\$$ each"),
        (r"\begin{align*}a &= b \\ c\end{align*}", r"$$a &= b \\ c$$"),
        (r"$\{1,\ldots,k\}$", r"$\{1,\ldots,k\}$"),
        # sections
        (r"\section*{Input} One", "## Input\n\nOne"),
        (r"\subsection{\textbf{Deep} one}", "### **Deep** one"),
        ("\\begin{Input}\nOne\n\\end{Input}\n\\begin{Output}\nTwo\n\\end{Output}", "## Input\n\nOne\n\n## Output\n\nTwo"),
        (r"\InputFile one \OutputFile two \Note three", "## Input\n\none\n\n## Output\n\ntwo\n\n## Note\n\nthree"),
        ("para\n   one\n\n\n\n  two", "para\none\n\ntwo"),
        (r"a\par b", "a\n\nb"),
        (r"pre \begin{document}text\end{document} post", "text"),
        # lists
        (r"\begin{itemize}\item a\item b\end{itemize}end", "- a\n- b\n\nend"),
        (r"\begin{enumerate}[(a)]\item a \item b\end{enumerate}", "1. a\n2. b"),
        (r"\begin{description}\item[key] value\end{description}", "- key value"),
        (
            r"\begin{itemize}\item a\begin{enumerate}\item b\end{enumerate}\item c\end{itemize}",
            "- a\n\n  1. b\n\n- c",
        ),
        (r"\item alone", "- alone"),
        # tables and code
        (
            "\\begin{tabular}{|l|p{2cm}|}\n\\hline\nA & \\textbf{B}\\\\ \\hline\n$1$ & x\n y\\\\\n\\end{tabular}",
            "| A | **B** |\n| --- | --- |\n| $1$ | x y |",
        ),
        (r"\begin{tabular}{l}a|b \\ c & d\end{tabular}", "| a\\|b |  |\n| --- | --- |\n| c | d |"),
        ("\\begin{verbatim}\n % $x$ \\a\n\n  b\n\\end{verbatim}", "```\n % $x$ \\a\n\n  b\n```"),
        ("\\begin{lstlisting}[language=C]\nx & y\n\\end{lstlisting}", "```\nx & y\n```"),
        ("\\begin{verbatim}\n```\n\\end{verbatim}", "````\n```\n````"),
        # macros of the document
        (r"\newcommand{\hero}{Luna}\hero{} and \hero", "Luna and Luna"),
        (r"\newcommand\twice[2]{#2, #2 #1}\twice{a}{b}!", "b, b a!"),
        (r"\def\pair#1#2{(#1;#2)}\pair{a}{b}", "(a;b)"),
        (r"\newcommand{\a}{\b x}\newcommand{\b}{y}\a", "y x"),
        (r"\newcommand{\heroine}{L}\newcommand{\hero}{H}\heroine \hero", "L H"),
        # broken
        (r"\textbf{open", "**open**"),
        ("a } b", "a  b"),
        ("$x", "$x"),
        ("\\", "\\"),
        (r"\begin{tabular}{l}a & b", "| a | b |\n| --- | --- |"),
        (r"\begin{verbatim} x", "x"),
        ("\0a\1", "a"),
        ("", ""),
    ],
)  # fmt: skip
def test_tex_reads_as_people_read_it(tex: str, markdown: str) -> None:
    assert read(tex) == markdown


@pytest.mark.parametrize(
    ("tex", "title"),
    [
        (r"\problemname{Mirror, \emph{Mirror}...} text", "Mirror, Mirror..."),
        (r"\newcommand\version{v1}\problemname{V\"anner}", "Vänner"),
        (r"\problemname{\problemyamlname}", None),
        (r"\title{Gap}\maketitle", "Gap"),
        (r"\title{Contest}\problemname{Gap}", "Gap"),
        ("%% plainproblemname: Gap 2\n\\problemname{Gap $2$}", "Gap 2"),
        (r"\begin{problem}{A \& B}{}{}{}{}x\end{problem}", "A & B"),
        (r"\section{Input}", None),
    ],
)
def test_the_title_is_the_problems(tex: str, title: str | None) -> None:
    assert tex_to_markdown(tex).title == title


@pytest.mark.parametrize(
    ("tex", "figures"),
    [
        (r"\begin{figure}[h!]\includegraphics[width=0.5\textwidth]{x.png}\caption{Seen}\end{figure}", 1),
        (r"\illustration{0.3}{cat}{A cat by \href{http://x}{X}}text", 1),
        (r"\begin{tikzpicture}\draw (0,0);\end{tikzpicture} \includegraphics{a}", 2),
        (r"none", 0),
    ],
)
def test_pictures_are_counted_and_leave_no_names(tex: str, figures: int) -> None:
    statement = tex_to_markdown(tex)
    assert statement.figures == figures
    assert not any(word in statement.markdown for word in ("png", "cat", "draw", "0.3"))


OLYMP = r"""
\begin{problem}{Gap}{gap.in}{gap.out}{2 seconds}{256 megabytes}
Given numbers.

\InputFile
First $n$.

\OutputFile
One number.

\Examples
\begin{example}
\exmp{3
4 9 2
}{7
}%
\exmp{2 \{\_\}
5  5}{0}%
\exmpfile{example.03}{example.03.a}%
\end{example}
\end{problem}
"""


def test_the_examples_of_olymp_sty_are_read_as_they_stand() -> None:
    statement = tex_to_markdown(OLYMP)
    assert statement.examples == (("3\n4 9 2\n", "7\n"), ("2 {_}\n5  5\n", "0\n"))
    assert (
        "## Sample Input 2\n\n```\n2 {_}\n5  5\n```\n\n## Sample Output 2\n\n```\n0\n```"
        in statement.markdown
    )
    assert "example.03" not in statement.markdown


def test_limits_and_files_of_olymp_sty_are_told() -> None:
    statement = tex_to_markdown(OLYMP)
    assert statement.file_io == ("gap.in", "gap.out")
    assert "Time limit: 2 seconds\n\nMemory limit: 256 megabytes" in statement.markdown


@pytest.mark.parametrize("name", ["standard input", "стандартный ввод", "stdin", ""])
def test_standard_input_is_no_file(name: str) -> None:
    assert (
        tex_to_markdown(f"\\begin{{problem}}{{A}}{{{name}}}{{stdout}}{{1 s}}{{}}x\\end{{problem}}").file_io
        is None
    )


def test_environments_for_samples_are_examples() -> None:
    tex = "\\begin{sampleinput}\n1 % 2\n\\end{sampleinput}\n\\begin{sampleoutput}\n3\n\\end{sampleoutput}"
    assert tex_to_markdown(tex).examples == (("1 % 2\n", "3\n"),)


def test_a_polygon_statement_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "problem.tex").write_text(OLYMP)
    (tmp_path / "example.03").write_text("1\n8\n")
    (tmp_path / "example.03.a").write_text("0\n")
    problem = read_problem(tmp_path / "problem.tex")
    assert [(test.input, test.expected) for test in problem.public_tests] == [
        ("3\n4 9 2\n", "7\n"),
        ("2 {_}\n5  5\n", "0\n"),
        ("1\n8\n", "0\n"),
    ]
    assert (problem.title, problem.time_limit_s, problem.memory_limit_bytes) == ("Gap", 2.0, 256 << 20)
    assert problem.file_io == ("gap.in", "gap.out")


def test_a_file_with_two_problems_is_refused_with_their_titles(tmp_path: Path) -> None:
    path = tmp_path / "contest.tex"
    for other in (OLYMP.replace("{Gap}", "{Sum}"), "\\problemname{Sum}\nGiven numbers."):
        path.write_text(OLYMP + other)
        with pytest.raises(ProblemError, match=r"contest\.tex holds several problems \(Gap, Sum\)"):
            read_problem(path)


def test_samples_in_verbatim_under_headings_are_examples(tmp_path: Path) -> None:
    path = tmp_path / "gap.tex"
    path.write_text(
        "\\section*{Gap}\nGiven numbers, print one.\n\\section*{Sample Input 1}\n\\begin{verbatim}\n3\n\\end{verbatim}\n"
        "\\section*{Sample Output 1}\n\\begin{verbatim}\n7\n\\end{verbatim}\n\\includegraphics{x}\n"
    )
    problem = read_problem(path)
    assert [(test.input, test.expected) for test in problem.public_tests] == [("3\n", "7\n")]
    assert "1 picture of the statement cannot be shown" in [remark.message for remark in problem.remarks]


PIECES = st.sampled_from(
    r"\textbf{ { } $ $$ \begin{tabular}{l} \end{tabular} & \\ \begin{itemize} \item \end{itemize} \item[ % `` '' ` \[ \] \( "  # noqa: SIM905
    r"\begin{verbatim} \end{verbatim} \exmp{ \exmp{1}{2} \section{ \problemname{ \newcommand{\a}[1]{\a{#1#1}} \a{x} \def\b{\a{\b}} "
    r"\b \verb| | [ ] \begin{problem}{ \begin{sampleinput} \end{sampleinput} \begin \end \ \footnote{ \href{ \includegraphics[ \' \c e \0 # "
    r"\caption{ \illustration{ \begin{document} \end{document} \x".split(" ")
) | st.sampled_from([" ", "\n", "\n\n", "\t", "a", "é", "\0", "\1", "1 2 3", "```\n"])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=60).map("".join)))
def test_any_text_is_read_and_nothing_stays_open(text: str) -> None:
    statement = tex_to_markdown(text)
    assert not any(mark in statement.markdown for mark in "\0\1")
    assert statement.markdown == "" or statement.markdown.endswith("\n")
    assert len(statement.examples) <= MAX_EXAMPLES


@settings(max_examples=25, deadline=None)  # what is not linear runs into the suite's timeout
@given(st.lists(PIECES, min_size=1, max_size=6).map("".join))
@pytest.mark.slow
def test_a_megabyte_of_anything_is_read_in_time(piece: str) -> None:
    tex_to_markdown(piece * (1_000_000 // len(piece)))


@pytest.mark.parametrize(
    "piece", ["{", r"\textbf{", r"\section{", r"\begin{tabular}{l}", r"\begin{itemize}", r"\footnote{"]
)
def test_depth_is_no_danger(piece: str) -> None:
    assert "x" in tex_to_markdown(piece * (MAX_TOKENS // 2) + "x").markdown
