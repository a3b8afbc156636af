"""Hostile programs that reach for something outside: files, network, other processes, the kernel."""

# Programs are easier to read on one line each, and the lists are put together from parts:
# ruff: noqa: RUF005
from __future__ import annotations

from sstar_sandbox.conformance.cases import BRIEF, ROOMY, Case, R, T, W

_TRY = "try:\n    {}\n    print('ESCAPED')\nexcept OSError as e: print('refused', e)"

FILES = (
    Case("reads-a-secret", "files", "print('ESCAPED', open('@SECRET@').read())", {R}),
    Case("reads-passwd", "files", "print(open('/etc/passwd').read())\nprint('ESCAPED')", {R}),
    Case("reads-shadow", "files", "print(open('/etc/shadow').read())\nprint('ESCAPED')", {R}),
    Case("reads-home", "files", _TRY.format("import os, glob; assert [os.listdir(p) for p in ('/root', '/home')]"), {W, R}),
    Case("lists-the-root", "files", "import os\nprint([x for x in os.listdir('/') if x not in ('bin','dev','etc','lib','lib32','lib64','libx32','sbin','usr')])", {R, W}),
    Case("writes-outside", "files", _TRY.format("open('@TARGET@/planted', 'w').write('x')"), {W}),
    Case("writes-in-tmp", "files", _TRY.format("open('/tmp/planted', 'w').write('x')"), {W}),
    Case("writes-here", "files", _TRY.format("open('planted', 'w').write('x')"), {W}),
    Case("writes-in-shm", "files", _TRY.format("open('/dev/shm/planted', 'w').write('x')"), {W}),
    Case("symlink", "files", _TRY.format("import os; os.symlink('@SECRET@', '/tmp/link')"), {W}),
    Case("hard-link", "files", _TRY.format("import os; os.link('@SECRET@', '/tmp/link')"), {W}),
    Case("fifo", "files", _TRY.format("import os; os.mkfifo('/tmp/fifo')"), {W}),
    Case("device-node", "files", _TRY.format("import os; os.mknod('/tmp/dev', 0o60666, 0x801)"), {W}),
    Case("raw-disk", "files", _TRY.format("open('/dev/vda', 'rb').read(1)"), {W}),
    Case("kernel-memory", "files", _TRY.format("open('/dev/mem', 'rb').read(1)"), {W}),
    Case("terminal", "files", _TRY.format("open('/dev/tty', 'w').write('x')"), {W}),
    Case("own-process-folder", "files", _TRY.format("print(open('/proc/self/environ').read())"), {W}),
    Case("parent-process-folder", "files", _TRY.format("import os; print(open('/proc/%d/cmdline' % os.getppid()).read())"), {W}),
    Case("deletes-the-library", "files", _TRY.format("import os; os.unlink(os.__file__)"), {W}),
    Case("chmods-the-library", "files", _TRY.format("import os; os.chmod(os.__file__, 0o777)"), {W}),
    Case("environment", "files", "import os\nprint('ESCAPED' if any('CANARY' in k for k in os.environ) else 'clean')", {W}),
    Case("sys-cgroup", "files", _TRY.format("import os; os.listdir('/sys/fs/cgroup')"), {W}),
    Case("open-by-handle", "files", "import ctypes\nlibc = ctypes.CDLL(None)\nprint(libc.open_by_handle_at(3, 0, 0))", {R}),
    Case("change-root", "files", "import os\nos.chroot('/usr')\nprint('ESCAPED')", {R}),
)  # fmt: skip

NETWORK = (
    Case("tcp-loopback", "network", "import socket\nsocket.create_connection(('127.0.0.1', @PORT@), 2)\nprint('ESCAPED')", {R}),
    Case("udp-outside", "network", "import socket\nsocket.socket(2, 2).sendto(b'x', ('9.9.9.9', 53))\nprint('ESCAPED')", {R}),
    Case("unix-socket", "network", "import socket\ns = socket.socket(1)\ns.connect('/run/systemd/notify')\nprint('ESCAPED')", {R}),
    Case("abstract-socket", "network", "import socket\ns = socket.socket(1)\ns.connect('\\0sstar-canary')\nprint('ESCAPED')", {R}),
    Case("netlink", "network", "import socket\nsocket.socket(16, 3, 0)\nprint('ESCAPED')", {R}),
    Case("raw-packets", "network", "import socket\nsocket.socket(17, 3)\nprint('ESCAPED')", {R}),
    Case("vsock", "network", "import socket\nsocket.socket(40, 1)\nprint('ESCAPED')", {R}),
    Case("datagram-pair", "network", "import socket\nsocket.socketpair(1, 2)\nprint('ESCAPED')", {R}),
    Case("listens", "network", "import socket\ns = socket.socket()\ns.bind(('', 0))\nprint('ESCAPED')", {R}),
)  # fmt: skip

PROCESSES = (
    Case("forks", "processes", "import os\nos.fork()\nprint('ESCAPED')", {R}),
    Case("fork-bomb", "processes", "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", {R}),
    Case("subprocess", "processes", "import subprocess\nprint(subprocess.run(['/bin/sh', '-c', 'echo ESCAPED']))", {R}),
    Case("os-system", "processes", "import os\nos.system('echo ESCAPED')\nprint(8)", {R, W}),
    Case("exec-shell", "processes", "import os\nos.execv('/bin/sh', ['sh', '-c', 'echo ESCAPED'])", {R}),
    Case("multiprocessing", "processes", "import multiprocessing\np = multiprocessing.Process(target=print, args=('ESCAPED',))\np.start()\np.join()", {R}),
    Case("daemon", "processes", "import os\nif os.fork() == 0:\n    os.setsid()\n    os.fork()\n    while True: pass", {R}),
    Case("thread-bomb", "processes", "import threading, time\ndef f(): time.sleep(100)\nwhile True: threading.Thread(target=f).start()", {R, T, W}, BRIEF),
    Case("clone-untraced", "processes", "import ctypes\nprint(ctypes.CDLL(None).syscall(56, 17, 0, 0, 0, 0))\nprint('ESCAPED')", {R}),
    Case("clone-new-pid", "processes", "import ctypes\nif ctypes.CDLL(None).syscall(56, 0x20000011, 0, 0, 0, 0) >= 0: print('ESCAPED')", {W, R}),
    Case("clone3", "processes", "import ctypes\nb = ctypes.create_string_buffer(88)\nif ctypes.CDLL(None).syscall(435, b, 88) >= 0: print('ESCAPED')", {W}),
    Case("kills-everyone", "processes", "import os\ntry: os.kill(-1, 9)\nexcept OSError: pass\nprint(8)", {W, R}),
    Case("kills-its-parent", "processes", "import os\ntry: os.kill(os.getppid(), 9)\nexcept OSError: pass\nprint(8)", {W, R}),
    Case("kills-its-group", "processes", "import os\ntry: os.killpg(0, 9)\nexcept OSError: pass\nprint(8)", {W, R}),
    Case("kills-a-victim", "processes", "import os\ntry: os.kill(@VICTIM@, 9)\nexcept OSError: pass\nprint(8)", {W, R}),
    Case("kills-by-pidfd", "processes", "import os, signal\ntry: signal.pidfd_send_signal(os.pidfd_open(@VICTIM@), 9)\nexcept OSError: pass\nprint(8)", {W, R}),
    Case("stops-its-parent", "processes", "import os, signal\ntry: os.kill(os.getppid(), signal.SIGSTOP)\nexcept OSError: pass\nprint(8)", {W, R, T}, BRIEF),
    Case("signals-guessed-pids", "processes", "import os\nfor p in range(2, 3000):\n    try: os.kill(p, 9)\n    except OSError: pass\nprint(8)", {W, R}),
)  # fmt: skip

_CALL = "import ctypes\nlibc = ctypes.CDLL(None)\nif libc.syscall({}) >= 0: print('ESCAPED')"
KERNEL = tuple(
    Case(name, "kernel", _CALL.format(arguments), {R})
    for name, arguments in (
        ("io-uring", "425, 8, ctypes.create_string_buffer(256)"),
        ("userfaultfd", "323, 1"),
        ("keyring", "250, 0, -3, 1"),
        ("add-key", "248, b'user', b'x', b'y', 1, -3"),
        ("bpf", "321, 0, ctypes.create_string_buffer(128), 128"),
        ("perf-events", "298, ctypes.create_string_buffer(128), 0, -1, -1, 0"),
        ("unshare", "272, 0x10000000"),
        ("setns", "308, 0, 0"),
        ("mount", "165, b'none', b'/', b'tmpfs', 0, 0"),
        ("umount", "166, b'/', 2"),
        ("ptrace", "101, 16, 1, 0, 0"),
        ("process-vm-read", "310, 1, 0, 0, 0, 0, 0"),
        ("module", "313, 0, b'', 0"),
        ("memfd-secret", "447, 0"),
        ("reboot", "169, 0xfee1dead, 672274793, 0, 0"),
        ("pidfd-getfd", "438, 0, 0, 0"),
        ("new-filter", "317, 1, 0, 0"),
        ("message-queue", "68, 1, 0o1600"),
        ("fanotify", "300, 0, 0"),
    )
) + (
    Case("x32-call", "kernel", "import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 39)\nprint('ESCAPED')", {R}),
    Case(
        "int-80",
        "kernel",
        "import ctypes, mmap\nm = mmap.mmap(-1, 4096, prot=7)\nm.write(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3')\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()\nprint('ESCAPED')",
        {R},
    ),
    Case("becomes-root", "kernel", "import os\nos.setuid(0)\nprint('ESCAPED')", {R}),
    Case("takes-capabilities", "kernel", "import ctypes\nh = (ctypes.c_uint32 * 2)(0x20080522, 0)\nd = (ctypes.c_uint32 * 6)(*[1 << 21] * 6)\nif ctypes.CDLL(None).capset(h, d) == 0: print('ESCAPED')", {W}),
    Case("terminal-injection", "kernel", "import fcntl\ntry:\n    fcntl.ioctl(0, 0x5412, b'x')\n    print('ESCAPED')\nexcept OSError: print(8)", {W}),
    Case("file-lease", "kernel", "import fcntl\ntry:\n    fcntl.fcntl(1, 1024, 1)\n    print('ESCAPED')\nexcept OSError: print(8)", {W}),
)  # fmt: skip

REACH_CASES = (*FILES, *NETWORK, *PROCESSES, *KERNEL)
__all__ = ["REACH_CASES", "ROOMY"]
