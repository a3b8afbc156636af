"""The same verdicts in every language whose toolchain is here."""

from __future__ import annotations

import pytest
from attrs import evolve

from sstar_sandbox import (
    LANGUAGES,
    Sandbox,
    SandboxError,
    UnknownName,
    comparator_named,
    default_limits,
    language_named,
)
from sstar_sandbox.policy.mounts import java_class

SUM, LOOP, CRASH, BAD, FLOOD, EAT, READ = "sum", "loop", "crash", "bad", "flood", "eat", "read"
WANTED = {
    SUM: ["AC", "WA"],
    LOOP: ["TLE"],
    CRASH: ["RE"],
    BAD: ["CE"],
    FLOOD: ["OLE"],
    EAT: ["MLE"],
    READ: ["RE"],
}
JAVA = "import java.util.*; import java.nio.file.*; class Main {{ public static void main(String[] a) throws Exception {{ {} }} }}"
RUST = "#![allow(unused)] use std::io::*; fn main() {{ {} }}"
GO = 'package main\nimport ("fmt"; "os")\nfunc main() {{ _ = os.Args; fmt.Print(); {} }}'
PROGRAMS = {
    "python": {
        SUM: "print(int(input()) + int(input()))",
        LOOP: "while True: pass",
        CRASH: "1 / 0",
        BAD: "def",
        FLOOD: "while True: print('x' * 1000)",
        EAT: "x = []\nwhile True: x.append(bytearray(1 << 20))",
        READ: "open('/etc/hostname')",
    },
    "c": {
        SUM: '#include <stdio.h>\nint main(){int a,b;if(scanf("%d%d",&a,&b)==2)printf("%d",a+b);}',
        LOOP: "int main(){for(;;);}",
        CRASH: "int main(){return 1;}",
        BAD: "int main({",
        FLOOD: '#include <stdio.h>\nint main(){while(puts("xxxxxxxxxxxxxxxxxxxxxxxxxx")>=0);return 0;}',
        EAT: "#include <stdlib.h>\n#include <string.h>\nint main(){for(;;){char*p=malloc(1<<20);if(!p)return 1;memset(p,1,1<<20);}}",
        READ: '#include <stdio.h>\nint main(){return fopen("/etc/hostname","r")?0:1;}',
    },
    "java": {
        SUM: JAVA.format("Scanner s = new Scanner(System.in); System.out.println(s.nextInt() + s.nextInt());"),
        LOOP: JAVA.format("long x = 0; while (true) x++;"),
        CRASH: JAVA.format("System.exit(3);"),
        BAD: JAVA.format("int"),
        FLOOD: JAVA.format("while (!System.out.checkError()) System.out.println(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\");"),
        EAT: JAVA.format("List<byte[]> x = new ArrayList<>(); while (true) x.add(new byte[1 << 20]);"),
        READ: JAVA.format("Files.readString(Path.of(\"/etc/hostname\"));"),
    },
    "rust": {
        SUM: RUST.format('let mut s = String::new(); stdin().read_to_string(&mut s).unwrap(); println!("{}", s.split_whitespace().map(|x| x.parse::<i64>().unwrap()).sum::<i64>());'),
        LOOP: RUST.format("loop {}"),
        CRASH: RUST.format("panic!();"),
        BAD: RUST.format("let x: i32 = \"\";"),
        FLOOD: RUST.format('loop { println!("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"); }'),
        EAT: RUST.format("let mut v: Vec<Vec<u8>> = vec![]; loop { v.push(vec![1; 1 << 20]); }"),
        READ: RUST.format('std::fs::read("/etc/hostname").unwrap();'),
    },
    "go": {
        SUM: GO.format("var a, b int; fmt.Scan(&a, &b); fmt.Println(a + b)"),
        LOOP: GO.format("for { }"),
        CRASH: GO.format("panic(1)"),
        BAD: GO.format("x"),
        FLOOD: GO.format('for { if _, e := fmt.Println("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"); e != nil { return } }'),
        EAT: GO.format("var v [][]byte; for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; v = append(v, b) }"),
        READ: GO.format('if _, e := os.ReadFile("/etc/hostname"); e != nil { panic(e) }'),
    },
    "javascript": {
        SUM: "const d = require('fs').readFileSync('/dev/stdin', 'utf8').split(/\\s+/).map(Number); console.log(d[0] + d[1])",
        LOOP: "for (;;);",
        CRASH: "throw new Error('no')",
        BAD: "let = = 3",
        FLOOD: "for (;;) require('fs').writeSync(1, 'x'.repeat(1000))",
        EAT: "const x = []; for (;;) x.push(new Array(1 << 17).fill(1))",
        READ: "require('fs').readFileSync('/etc/hostname')",
    },
}  # fmt: skip
for _rust in (SUM, LOOP, FLOOD, EAT):
    PROGRAMS["rust"][_rust] = PROGRAMS["rust"][_rust].replace("{{", "{").replace("}}", "}")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("language", PROGRAMS)
async def test_every_language_gets_the_same_verdicts(sandbox: Sandbox, language: str) -> None:
    limits = evolve(
        default_limits(language), wall_s=30.0, cpu_s=15.0, output_bytes=1 << 20, memory_bytes=256 << 20
    )
    check = comparator_named("tokens").check
    found = {}
    for what, source in PROGRAMS[language].items():
        try:
            program = await sandbox.prepare(source, language)
        except SandboxError as error:
            pytest.skip(str(error))
        inputs, checks = [b"3\n4\n"], [check(b"7")]
        if what == SUM:
            inputs, checks = inputs * 2, [check(b"7"), check(b"8")]
        own = evolve(limits, wall_s=3.0, cpu_s=1.0) if what == LOOP else limits
        executions = [e async for e in sandbox.run(program, inputs, own, checks=checks)]
        found[what] = [str(e.verdict) for e in executions]
        if found[what] != WANTED[what]:
            found[what].append(f"{executions[0].detail} {executions[0].stderr[-400:]!r}")
    assert found == WANTED


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("py", "python"),
        ("Python3", "python"),
        (" C++ ", "cpp"),
        ("JS", "javascript"),
        ("golang", "go"),
        ("rs", "rust"),
    ],
)
def test_a_language_has_many_names(name: str, language: str) -> None:
    assert language_named(name) == language
    assert language_named(language) == language


def test_an_unknown_language_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=", ".join(LANGUAGES)):
        language_named("cobol")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("public class A { public static void main(String[] a) {} }", ("A", "A")),
        ("class B { } class C { public static void main(String[] a) {} }", ("Main", "C")),
        (
            "// public class X\npublic final class D { static class E {} public static void main(String[] a) {} }",
            ("D", "D"),
        ),
        ("class E {}", ("Main", "Main")),
        ("package a.b;\npublic class F { public static void main(String[] a) {} }", ("F", "a.b.F")),
        (
            "class H { int f; } public class Main { static public void main(String... a) {} }",
            ("Main", "Main"),
        ),
    ],
)
def test_the_class_of_a_java_program_is_found(source: str, names: tuple[str, str]) -> None:
    assert java_class(source) == names
