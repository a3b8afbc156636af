"""The words by which judges announce examples, in ten languages and more.

Written as :func:`~sstar_lsp.problems.statement.example_headings.phrase_of` leaves them: lower case, without
numbers, marks and "Copy" buttons; Chinese, Japanese and Korean without spaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from attrs import frozen


@frozen
class Words:
    """How one language names the parts of a problem page."""

    input: tuple[str, ...]
    """A heading over a sample input inside an example section, over the format outside of one."""
    output: tuple[str, ...]
    example: tuple[str, ...]
    """Announces a section of examples, or one example (with a number)."""
    sample_input: tuple[str, ...]
    """Announces a sample input by itself. ``{e}`` and ``{i}`` stand for every word of the lists above."""
    sample_output: tuple[str, ...]
    explanation: tuple[str, ...] = ()
    """Ends an example; more may follow."""
    end: tuple[str, ...] = ()
    """Ends all examples: notes, limits, footers."""

    def _all(self, patterns: tuple[str, ...], sides: tuple[str, ...]) -> Iterator[str]:
        for pattern in patterns:
            for example, side in product(self.example, sides):
                yield pattern.format(e=example, i=side)

    def sample_inputs(self) -> set[str]:
        """All phrases that announce a sample input."""
        return set(self._all(self.sample_input, self.input))

    def sample_outputs(self) -> set[str]:
        """All phrases that announce a sample output."""
        return set(self._all(self.sample_output, self.output))


# fmt: off
_ENGLISH = Words(
    input=("input", "stdin", "inputs", "input data", "input (stdin)", "input(stdin)", "standard input"),
    output=(
        "output", "stdout", "outputs", "output data", "output (stdout)", "output(stdout)",
        "standard output",
    ),
    example=(
        "example", "examples", "sample", "samples", "test case", "test cases", "testcase", "testcases",
        "test", "tests", "sample test", "sample tests", "sample case", "sample cases", "sample test case",
        "sample test cases", "sample testcase", "public test", "public tests", "public test case",
        "public test cases", "example test", "example case", "sample data", "sample input and output",
        "sample input/output", "sample input & output", "sample inputs and outputs",
        "sample input and sample output", "sample input / sample output", "input and output example",
        "input/output example", "input/output examples", "sample i/o", "sample io", "sample input output",
        "sample input and answer",
    ),
    sample_input=(
        "{e} {i}", "{i} {e}", "{i} for {e}", "{i} for the {e}", "{e} {i} for custom testing", "{i} of {e}",
        "{e} of {i}", "expected {i}",
    ),
    sample_output=(
        "{e} {i}", "{i} {e}", "{i} for {e}", "{i} for the {e}", "{i} for {e} input",
        "{i} for the {e} input", "expected {i}", "{e} expected {i}", "{i} of {e}", "{e} of {i}",
        "{e} answer",
    ),
    explanation=(
        "explanation", "explanations", "sample explanation", "example explanation", "clarification",
        "explanation of the sample", "explanation of sample", "comment", "comments", "comment on sample",
        "explanation for sample", "explanation for example", "explanation of example",
        "sample case explanation", "justification", "explanation of sample input",
        "explanation of sample output", "explanation for sample input", "explanation for sample output",
        "explanation for test case", "explanation of sample case", "sample output explanation",
        "sample input explanation",
    ),
    end=(
        "note", "notes", "hint", "hints", "constraint", "constraints", "limit", "limits", "scoring",
        "subtask", "subtasks", "sub-task", "sub-tasks", "grading", "source", "follow up", "follow-up",
        "followup", "remark", "remarks", "input specification", "input format", "output specification",
        "output format", "limits and additional notes", "problem tags", "tags", "topic tags",
        "company tags", "author", "author/s", "authors", "tester", "testers", "rule", "glossary",
        "editorial", "editorials", "difficulty", "related topics", "metadata", "problem author",
        "problem source", "expected time complexity", "expected auxiliary space", "companies", "submit",
        "discuss", "language support", "languages supported", "your task", "background", "credits",
        "problem credits", "note to solvers", "recommend", "statistic", "similar questions",
        "seen this question in a real interview before?", "points", "time limit", "memory limit",
        "cpu time limit", "contest scoring", "problem name", "statistics", "license",
        "limits and constraints", "information", "warning", "warnings", "added by", "date", "resource", "source limit", "cluster", "languages", "judge", "uploaded by",
    ),
)

LANGUAGES: dict[str, Words] = {
    "en": _ENGLISH,
    "ja": Words(
        input=("入力", "標準入力", "インプット"),
        output=("出力", "標準出力", "アウトプット"),
        example=("例", "サンプル", "入出力例", "入出力サンプル", "テストケース", "サンプルケース", "入力例と出力例", "実行例"),
        sample_input=("{i}例", "{i}の例", "サンプル{i}", "{i}サンプル", "例{i}", "{i}ケース"),
        sample_output=("{i}例", "{i}の例", "サンプル{i}", "{i}サンプル", "例{i}", "{i}ケース", "期待される{i}"),
        explanation=("説明", "解説", "例の説明", "サンプルの説明", "補足", "出力例の説明", "入力例の説明", "入出力例の説明"),
        end=("制約", "問題文", "配点", "部分点", "注意", "注記", "入力形式", "出力形式", "備考", "ヒント", "出典", "小課題"),
    ),
    "zh": Words(
        input=("输入", "輸入", "输入数据", "标准输入"),
        output=("输出", "輸出", "输出数据", "标准输出"),
        example=(
            "样例", "例子", "示例", "范例", "範例", "例", "测试样例", "测试用例", "输入输出样例", "输入输出示例", "样例数据", "输入/输出样例", "样例组",
            "輸入輸出範例", "範例測資", "測試範例", "输入与输出样例", "样例与解释",
        ),
        sample_input=("{e}{i}", "{i}{e}", "{i}的{e}", "{e}的{i}"),
        sample_output=("{e}{i}", "{i}{e}", "{i}的{e}", "{e}的{i}", "期望{i}", "预期{i}"),
        explanation=(
            "解释", "说明", "样例解释", "样例说明", "示例说明", "解釋", "說明", "範例說明", "样例解释说明", "输入输出样例说明", "样例输出说明",
            "样例输入说明", "样例说明解释",
        ),
        end=(
            "提示", "备注", "注意", "数据范围", "数据规模", "数据规模与约定", "数据范围与提示", "数据规模和约定", "约定", "输入格式", "输出格式", "输入描述",
            "输出描述", "题目描述", "题目背景", "限制", "输入说明", "输出说明", "时间限制", "内存限制", "空间限制", "来源", "出处", "标签", "題目敘述",
            "輸入格式", "輸出格式", "代码长度限制", "作者", "单位", "题目来源", "数据约定", "子任务", "提示说明", "说明/提示", "進階", "进阶",
        ),
    ),
    "ko": Words(
        input=("입력", "표준입력"),
        output=("출력", "표준출력"),
        example=("예제", "예시", "샘플", "예", "입출력예", "입출력예제", "입출력예시", "테스트케이스"),
        sample_input=("{e}{i}", "{i}{e}", "{i}예"),
        sample_output=("{e}{i}", "{i}{e}", "{i}예"),
        explanation=("설명", "예제설명", "노트", "입출력예설명", "예시설명"),
        end=(
            "힌트", "출처", "제한", "제한사항", "문제", "서브태스크", "채점", "알고리즘분류", "알고리즘", "비슷한문제", "시간제한", "메모리제한", "메모",
            "링크", "문제의번역",
        ),
    ),
    "ru": Words(
        input=(
            "ввод", "входные данные", "вход", "входной файл", "исходные данные", "input.txt",
            "стандартный ввод", "формат ввода",
        ),
        output=(
            "вывод", "выходные данные", "выход", "выходной файл", "результат", "output.txt",
            "стандартный вывод", "формат вывода",
        ),
        example=(
            "пример", "примеры", "тест", "тесты", "образец", "примеры тестов", "пример теста",
            "примеры входных и выходных данных", "примеры входных/выходных данных",
        ),
        sample_input=(
            "{e} {i}", "пример ввода", "примеры ввода", "пример входных данных", "примеры входных данных",
            "пример входного файла", "{i} {e}", "пример исходных данных", "{i} для примера",
        ),
        sample_output=(
            "{e} {i}", "пример вывода", "примеры вывода", "пример выходных данных",
            "примеры выходных данных", "пример выходного файла", "{i} {e}", "пример результата",
            "ожидаемый вывод",
        ),
        explanation=(
            "пояснение", "пояснения", "объяснение", "пояснение к примеру", "пояснения к примерам",
            "пояснение к примерам", "комментарий", "комментарии",
        ),
        end=(
            "примечание", "примечания", "замечание", "замечания", "ограничения", "теги", "подсказка",
            "автор", "источник задачи", "источник", "система оценки", "подзадачи", "автор задачи", "метки",
            "обсуждение",
        ),
    ),
    "pt": Words(
        input=("entrada", "entradas"),
        output=("saída", "saídas", "saida", "saidas"),
        example=(
            "exemplo", "exemplos", "caso de teste", "casos de teste", "exemplos de entrada e saída",
            "exemplo de entrada e saída", "amostra",
        ),
        sample_input=("{e} de {i}", "{i} de {e}", "{e} {i}", "{i} {e}", "{i} exemplo"),
        sample_output=("{e} de {i}", "{i} de {e}", "{e} {i}", "{i} {e}", "{i} exemplo", "{i} esperada"),
        explanation=(
            "explicação", "explicacao", "explicações", "explicação do exemplo", "explicação dos exemplos",
        ),
        end=(
            "nota", "notas", "observação", "observações", "restrições", "limites", "dica", "dicas",
            "pontuação", "informações sobre a pontuação",
        ),
    ),
    "es": Words(
        input=("entrada", "entradas", "datos de entrada"),
        output=("salida", "salidas", "datos de salida"),
        example=(
            "ejemplo", "ejemplos", "caso de prueba", "casos de prueba", "caso",
            "ejemplos de entrada y salida", "ejemplo de entrada y salida", "muestra",
        ),
        sample_input=("{e} de {i}", "{i} de {e}", "{e} {i}", "{i} {e}", "{i} de muestra"),
        sample_output=("{e} de {i}", "{i} de {e}", "{e} {i}", "{i} {e}", "{i} de muestra", "{i} esperada"),
        explanation=("explicación", "explicacion", "descripción", "explicación del ejemplo", "aclaración"),
        end=(
            "límites", "limites", "nota", "notas", "restricciones", "evaluación", "subtareas", "fuente",
            "puntuación", "consideraciones", "observaciones", "pistas", "pista",
        ),
    ),
    "de": Words(
        input=("eingabe", "eingaben", "eingabedaten"),
        output=("ausgabe", "ausgaben", "ausgabedaten"),
        example=("beispiel", "beispiele", "beispieldaten", "testfall", "testfälle"),
        sample_input=(
            "beispieleingabe", "beispieleingaben", "beispiel-eingabe", "{e} {i}", "{i} {e}",
            "beispiel für die {i}", "{e} zur {i}",
        ),
        sample_output=(
            "beispielausgabe", "beispielausgaben", "beispiel-ausgabe", "{e} {i}", "{i} {e}",
            "beispiel für die {i}", "{e} zur {i}", "erwartete {i}",
        ),
        explanation=("erklärung", "erläuterung", "erklärung zum beispiel", "erläuterungen"),
        end=(
            "hinweis", "hinweise", "anmerkung", "anmerkungen", "beschränkungen", "grenzen", "bewertung",
            "teilaufgaben", "einschränkungen",
        ),
    ),
    "fr": Words(
        input=("entrée", "entrées", "entree", "données d'entrée"),
        output=("sortie", "sorties", "données de sortie"),
        example=("exemple", "exemples", "cas de test", "exemples d'entrée et de sortie"),
        sample_input=(
            "{e} d'entrée", "{e} d'entrées", "{i} d'exemple", "{i} {e}", "{e} {i}", "{i} de l'exemple",
            "{e} d’entrée",
        ),
        sample_output=(
            "{e} de {i}", "{i} d'exemple", "{i} {e}", "{e} {i}", "{i} de l'exemple", "{i} attendue",
        ),
        explanation=("explication", "explications", "commentaire", "commentaires"),
        end=(
            "note", "notes", "remarque", "remarques", "contraintes", "limites", "indice", "indices",
            "sous-tâches", "score",
        ),
    ),
    "pl": Words(
        input=("wejście", "wejscie", "dane wejściowe", "dane wejsciowe"),
        output=("wyjście", "wyjscie", "dane wyjściowe", "dane wyjsciowe"),
        example=(
            "przykład", "przyklad", "przykłady", "przyklady", "przykładowe", "przykładowy test",
            "przykładowe testy",
        ),
        sample_input=(
            "{e} {i}", "{i} {e}", "przykładowe wejście", "przykładowe dane wejściowe", "przykład wejścia",
        ),
        sample_output=(
            "{e} {i}", "{i} {e}", "przykładowe wyjście", "przykładowe dane wyjściowe", "przykład wyjścia",
            "oczekiwane wyjście",
        ),
        explanation=(
            "wyjaśnienie", "wyjaśnienia", "wyjaśnienie przykładu", "objaśnienie", "objaśnienia",
            "komentarz",
        ),
        end=("uwaga", "uwagi", "ograniczenia", "ocenianie", "podzadania", "wskazówka", "limity", "punktacja"),
    ),
    "sv": Words(
        input=("indata", "inmatning"),
        output=("utdata", "utmatning"),
        example=("exempel", "exempelfall", "testfall"),
        sample_input=("exempel på {i}", "exempel på indata", "exempelindata", "{e} {i}", "{i} {e}"),
        sample_output=("exempel på {i}", "exempel på utdata", "exempelutdata", "{e} {i}", "{i} {e}"),
        explanation=(
            "förklaring", "förklaringar", "förklaring av exempel", "förklaring till exempel",
            "förklaring av exempelfall", "förklaring av exempelfallen", "kommentar",
            "förklaring av exemplen",
        ),
        end=("poängsättning", "begränsningar", "delpoäng", "testgrupper"),
    ),
    "is": Words(
        input=("inntak",),
        output=("úttak",),
        example=("sýnidæmi", "dæmi", "sýnidæmin"),
        sample_input=("{e} um {i}", "sýnisinntak", "{e} {i}", "{i} {e}"),
        sample_output=("{e} um {i}", "sýnisúttak", "{e} {i}", "{i} {e}"),
        explanation=("útskýring", "útskýring á sýnidæmi", "útskýring á sýnidæmum", "útskýringar"),
        end=("stigagjöf",),
    ),
}

# fmt: on

COPY_BUTTONS = (
    *("copy", "copied", "copied!", "download", "复制", "複製", "복사"),
    *("コピー", "скопировать", "копировать", "copiar", "kopieren", "copier", "kopiuj"),
    *("kopiera", "copy input", "copy output", "copy code", "已复制", "run", "open in playground"),
)
"""What buttons beside a sample say."""
