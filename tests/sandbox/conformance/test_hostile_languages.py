"""Programs of every language that read, write, connect, start processes and kill: none gets out, and honest ones go on."""

from __future__ import annotations

import pytest
from attrs import evolve

from sstar_sandbox import LANGUAGES, Mode, Sandbox, SandboxError, default_limits, languages_here
from sstar_sandbox.conformance.cases import Case, M, R, T, W
from sstar_sandbox.conformance.runner import run_suite

_C = """\
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static void got(int it_worked) {{ if (it_worked) puts("ESCAPED"); }}
int main(void) {{ setbuf(stdout, NULL); {} puts("8"); return 0; }}
"""
_JAVA = """\
import java.io.*; import java.nio.file.*; import java.util.*;
class Main {{
    interface Attempt {{ void run() throws Throwable; }}
    static void got(Attempt attempt) {{
        try {{ attempt.run(); System.out.println("ESCAPED"); }} catch (Throwable refused) {{ }}
    }}
    public static void main(String[] words) {{ {} System.out.println("8"); }}
}}
"""
_RUST = """\
#![allow(unused)]
extern "C" {{ fn fork() -> i32; fn kill(pid: i32, signal: i32) -> i32; fn getppid() -> i32; }}
fn got<T, E>(attempt: Result<T, E>) {{ if attempt.is_ok() {{ println!("ESCAPED"); }} }}
fn main() {{ unsafe {{ {} }} println!("8"); }}
"""
_GO = """\
package main
import ("fmt"; "net"; "os"; "os/exec"; "syscall")
var _ = net.Dial
var _ = exec.Command
var _ = syscall.Kill
func got(problem error) {{ if problem == nil {{ fmt.Println("ESCAPED") }} }}
func main() {{ _ = os.Args; {} ; fmt.Println("8") }}
"""
_SCRIPT = """\
const fs = require("fs"), children = require("child_process");
function got(attempt) {{ try {{ attempt(); console.log("ESCAPED"); }} catch (refused) {{ }} }}
{}
console.log("8");
"""
_C_PROGRAMS = {
    "reads": 'char text[99] = ""; int file = open("@SECRET@", O_RDONLY); got(file >= 0 && read(file, text, 98) > 0); puts(text); got(open("/etc/passwd", O_RDONLY) >= 0);',
    "writes": 'got(open("@TARGET@/planted", O_CREAT | O_WRONLY, 0666) >= 0); got(open("/tmp/planted", O_CREAT | O_WRONLY, 0666) >= 0); got(unlink("@SECRET@") == 0);',
    "connects": 'struct sockaddr_in to; memset(&to, 0, sizeof to); to.sin_family = AF_INET; to.sin_port = htons(@PORT@); to.sin_addr.s_addr = inet_addr("127.0.0.1"); int way = socket(AF_INET, SOCK_STREAM, 0); got(way >= 0 && connect(way, (struct sockaddr *)&to, sizeof to) == 0);',
    "starts a shell": 'got(system("echo ESCAPED") == 0); execl("/bin/sh", "sh", "-c", "echo ESCAPED", (char *)0);',
    "forks": "int child = fork(); got(child >= 0); if (child == 0) for (;;) pause();",
    "forks without end": "for (;;) fork();",
    "kills": "got(kill(@VICTIM@, SIGKILL) == 0); kill(getppid(), SIGKILL); kill(-1, SIGKILL);",
}
PROGRAMS = {
    "c": (_C, _C_PROGRAMS),
    "cpp": (_C, _C_PROGRAMS),
    "java": (_JAVA, {
        "reads": 'got(() -> System.out.println(Files.readString(Path.of("@SECRET@")))); got(() -> Files.readString(Path.of("/etc/passwd")));',
        "writes": 'got(() -> Files.writeString(Path.of("@TARGET@/planted"), "x")); got(() -> Files.writeString(Path.of("/tmp/planted"), "x")); got(() -> Files.delete(Path.of("@SECRET@")));',
        "connects": 'got(() -> new java.net.Socket("127.0.0.1", @PORT@)); got(() -> new java.net.ServerSocket(0));',
        "starts a shell": 'got(() -> new ProcessBuilder("/bin/sh", "-c", "echo ESCAPED").inheritIO().start().waitFor());',
        "threads without end": "List<Thread> all = new ArrayList<>(); while (words != null) { Thread one = new Thread(() -> { try { Thread.sleep(100000); } catch (InterruptedException end) { } }); one.start(); all.add(one); }",
        "kills": "if (ProcessHandle.of(@VICTIM@L).map(ProcessHandle::destroyForcibly).orElse(false)) System.out.println(\"ESCAPED\"); ProcessHandle.allProcesses().forEach(ProcessHandle::destroyForcibly);",
    }),
    "rust": (_RUST, {
        "reads": 'let text = std::fs::read_to_string("@SECRET@"); println!("{}", text.as_deref().unwrap_or("")); got(text); got(std::fs::read("/etc/passwd"));',
        "writes": 'got(std::fs::write("@TARGET@/planted", "x")); got(std::fs::write("/tmp/planted", "x")); got(std::fs::remove_file("@SECRET@"));',
        "connects": 'got(std::net::TcpStream::connect("127.0.0.1:@PORT@")); got(std::net::TcpListener::bind("127.0.0.1:0"));',
        "starts a shell": 'got(std::process::Command::new("/bin/sh").args(["-c", "echo ESCAPED"]).status());',
        "forks": 'let child = fork(); if child >= 0 { println!("ESCAPED"); } if child == 0 { loop {} }',
        "forks without end": "for _ in 0.. { fork(); }",
        "kills": 'if kill(@VICTIM@, 9) == 0 { println!("ESCAPED"); } kill(getppid(), 9); kill(-1, 9);',
    }),
    "go": (_GO, {
        "reads": 'text, problem := os.ReadFile("@SECRET@"); fmt.Println(string(text)); got(problem); _, problem = os.ReadFile("/etc/passwd"); got(problem)',
        "writes": 'got(os.WriteFile("@TARGET@/planted", nil, 0666)); got(os.WriteFile("/tmp/planted", nil, 0666)); got(os.Remove("@SECRET@"))',
        "connects": '_, problem := net.Dial("tcp", "127.0.0.1:@PORT@"); got(problem); _, problem = net.Listen("tcp", "127.0.0.1:0"); got(problem)',
        "starts a shell": 'got(exec.Command("/bin/sh", "-c", "echo ESCAPED").Run())',
        "forks": '_, problem := syscall.ForkExec("/proc/self/exe", []string{"x"}, nil); got(problem); child, _, number := syscall.RawSyscall(syscall.SYS_CLONE, 17, 0, 0); if number == 0 && child != 0 { fmt.Println("ESCAPED") }',
        "kills": "got(syscall.Kill(@VICTIM@, 9)); syscall.Kill(os.Getppid(), 9); syscall.Kill(-1, 9)",
    }),
    "javascript": (_SCRIPT, {
        "reads": 'got(() => console.log(fs.readFileSync("@SECRET@", "utf8"))); got(() => fs.readFileSync("/etc/passwd"));',
        "writes": 'got(() => fs.writeFileSync("@TARGET@/planted", "x")); got(() => fs.writeFileSync("/tmp/planted", "x")); got(() => fs.unlinkSync("@SECRET@"));',
        "connects": 'require("net").connect(@PORT@, "127.0.0.1", () => console.log("ESCAPED")).on("error", () => {}); require("net").createServer().on("error", () => {}).listen(0, () => console.log("ESCAPED"));',
        "starts a shell": 'got(() => children.execFileSync("/bin/sh", ["-c", "echo ESCAPED"], { stdio: "inherit" })); got(() => children.execSync("true"));',
        "forks": "got(() => children.execFileSync(process.execPath, [\"-e\", \"1\"]));",
        "threads without end": 'const { Worker } = require("worker_threads"); const all = []; for (;;) all.push(new Worker("for (;;);", { eval: true }));',
        "kills": "got(() => process.kill(@VICTIM@, 9)); try { process.kill(process.ppid, 9); } catch (refused) { } try { process.kill(-1, 9); } catch (refused) { }",
    }),
}  # fmt: skip
"""Python's stand in the catalogue of the suite."""
ENDLESS = frozenset({T, M})


def case(language: str, what: str) -> Case:
    frame, programs = PROGRAMS[language]
    limits = evolve(default_limits(language), wall_s=20.0, cpu_s=3.0, output_bytes=1 << 20)
    verdicts = {W, R} | (ENDLESS if what.endswith("without end") else set())
    name = f"{language}-{what.replace(' ', '-')}"
    return Case(name, "languages", frame.format(programs[what]), verdicts, limits, language)


def test_every_compiled_language_has_its_hostile_programs() -> None:
    assert {*PROGRAMS, "python"} == set(LANGUAGES)
    wanted = {"reads", "writes", "connects", "starts a shell", "kills"}
    assert all(wanted <= programs.keys() for _, programs in PROGRAMS.values())


@pytest.mark.parametrize("language", PROGRAMS)
@pytest.mark.asyncio(loop_scope="session")
async def test_no_hostile_program_of_a_language_gets_out(each_tier: Sandbox, language: str) -> None:
    if language not in languages_here():
        pytest.skip(f"{LANGUAGES[language].title} is not installed here")
    cases = [case(language, what) for what in PROGRAMS[language][1]]
    if each_tier.tier != "bwrap" and language in {"java", "rust", "javascript"}:
        with pytest.raises(SandboxError, match="needs bubblewrap"):
            await each_tier.prepare(cases[0].source, language)
        return
    found = [finding async for finding in run_suite(each_tier, cases, Mode.ISOLATED)]
    assert [finding.problem for finding in found if finding.escaped] == []
    assert {finding.case.name: finding.problem for finding in found if finding.problem} == {}


@pytest.mark.parametrize("language", PROGRAMS)
@pytest.mark.asyncio(loop_scope="session")
async def test_the_same_program_does_what_it_wants_where_it_may(sandbox: Sandbox, language: str) -> None:
    """The programs can tell: with an attempt that is allowed each says so, and so is found."""
    if language not in languages_here():
        pytest.skip(f"{LANGUAGES[language].title} is not installed here")
    allowed = {
        "c": "got(1);",
        "cpp": "got(1);",
        "java": "got(() -> System.getProperties());",
        "rust": "got(std::env::current_dir());",
        "go": "got(nil)",
        "javascript": "got(() => fs.readSync(0, Buffer.alloc(9)));",
    }
    open_ended = evolve(case(language, "reads"), source=PROGRAMS[language][0].format(allowed[language]))
    [finding] = [finding async for finding in run_suite(sandbox, [open_ended], Mode.ISOLATED)]
    assert finding.escaped, finding
