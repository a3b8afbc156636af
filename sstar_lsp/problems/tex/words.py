"""The words of TeX that occur in statements, and what they are to a reader."""

from __future__ import annotations

import re

MARKS = {"``": '"', "''": '"', ",,": '"', "---": "—", "--": "–", "~": " ", "`": "'"}
ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "c": "\u0327", "k": "\u0328", "d": "\u0323",
}  # fmt: skip
SYMBOLS = {
    "ldots": "...", "dots": "...", "textellipsis": "...", "textbackslash": "\\", "textasciitilde": "~",
    "textasciicircum": "^", "textless": "<", "textgreater": ">", "textbar": "|", "textunderscore": "_",
    "textquotesingle": "'", "textendash": "–", "textemdash": "—", "textdegree": "°", "S": "§", "P": "¶",
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "aa": "å", "AA": "Å", "l": "ł",
    "L": "Ł", "i": "ı", "j": "ȷ", "th": "þ", "TH": "Þ", "dh": "ð", "DH": "Ð", "quad": " ", "qquad": "  ",
    "enspace": " ", "space": " ", "par": "\n\n", "newline": "\n", "linebreak": "\n", "LaTeX": "LaTeX",
    "TeX": "TeX", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "times": "×", "cdot": "·", "euro": "€",
    "lq": "'", "rq": "'", "glqq": '"', "grqq": '"',
}  # fmt: skip
SIGNS = {"\\": "\n", " ": " ", "\n": " ", ",": "", ";": " ", ":": " ", "!": "", "/": "", "-": "", "@": ""}
AROUND = {
    "textbf": "**", "emph": "*", "textit": "*", "textsl": "*", "texttt": "`", "t": "`", "bf": "**",
    "it": "*", "tt": "`", "underline": "*",
}  # fmt: skip
"""What stands before and after the argument. A switch without an argument (``\\bf``) says nothing."""
DROPPED = {
    "label": 1, "ref": 1, "eqref": 1, "pageref": 1, "autoref": 1, "cref": 1, "cite": 1, "vspace": 1, "vspace*": 1,
    "hspace": 1, "hspace*": 1, "setlength": 2, "addtolength": 2,
    "bibliographystyle": 1, "usepackage": 1, "documentclass": 1, "pagestyle": 1, "thispagestyle": 1, "input": 1,
    "include": 1, "color": 1, "setcounter": 2, "graphicspath": 1, "rule": 2, "cline": 1, "multirow": 2,
    "multicolumn": 2, "resizebox": 2, "scalebox": 1, "textcolor": 1, "lstset": 1, "author": 1,
    "date": 1, "href": 1, "parbox": 1, "raisebox": 1, "usetikzlibrary": 1, "contest": 3,
}  # fmt: skip
"""How many arguments of a command say nothing to a reader; what follows them is kept."""
FIGURES = {"includegraphics": 1, "illustration": 3, "includesvg": 1, "epsfbox": 1}
HEADINGS = {
    "section": 2, "section*": 2, "subsection": 3, "subsection*": 3, "subsubsection": 4, "subsubsection*": 4,
    "paragraph": 4, "paragraph*": 4, "chapter": 1, "chapter*": 1, "problemname": 1, "problemtitle": 1, "title": 1,
}  # fmt: skip
TITLES = {"problemname", "problemtitle"}
OLYMP_HEADINGS = {
    "InputFile": "Input", "OutputFile": "Output", "Interaction": "Interaction", "Note": "Note", "Notes": "Notes",
    "Example": "Example", "Examples": "Examples", "Scoring": "Scoring", "Constraints": "Constraints",
    "Limitations": "Limitations", "Explanation": "Explanation", "Explanations": "Explanations", "Input": "Input",
    "Output": "Output", "Subtasks": "Subtasks", "Specification": "Specification", "SubtaskWithCost": "Subtasks",
    "inputdesc": "Input", "outputdesc": "Output", "InputDescription": "Input", "OutputDescription": "Output",
}  # fmt: skip
EXAMPLES = {"exmp", "exmpexplained", "sampleio", "sample", "example"}
RAW = re.compile(
    r"verbatim\*?|lstlisting|alltt|minted|comment|tikzpicture"
    r"|(?:equation|align|gather|displaymath|math|eqnarray|multline)\*?"
    r"|sample_?(?:input|output|in|out)",
    re.IGNORECASE,
)
TABLES = {"tabular": 1, "tabular*": 2, "tabularx": 2, "tabulary": 2, "longtable": 1, "array": 1}
ENVIRONMENT_ARGUMENTS = dict.fromkeys(("minipage", "multicols", "adjustbox", "subfigure"), 1) | {
    "wrapfigure": 2,
    "list": 2,
}
STANDARD = re.compile(
    r"(?:standard|стандартн|std|стд|console|клавиатура|экран|screen|keyboard).*|", re.IGNORECASE | re.DOTALL
)
