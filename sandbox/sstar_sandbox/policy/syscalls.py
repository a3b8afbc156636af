"""System calls by name: which a box allows, which it answers with a kill, and their numbers.

``name:x86-64:arm64``, -1 where that machine has none. Whatever is in neither list fails with EPERM. The arm64
numbers come from the kernel's generic table and have not been run.
"""

from __future__ import annotations

import platform

MACHINES = ("x86_64", "aarch64")

ALLOWED = """
    read:0:63 write:1:64 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68 preadv:295:69
    pwritev:296:70 lseek:8:62 open:2:-1 openat:257:56 close:3:57
    close_range:436:436 stat:4:-1 fstat:5:80 lstat:6:-1 newfstatat:262:79 statx:332:291 access:21:-1
    faccessat:269:48 faccessat2:439:439 readlink:89:-1 readlinkat:267:78 getdents64:217:61 getdents:78:-1
    getcwd:79:17 chdir:80:49 dup:32:23 dup2:33:-1 dup3:292:24 poll:7:-1 ppoll:271:73 select:23:-1
    pselect6:270:72 epoll_create:213:-1 epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:-1
    epoll_pwait:281:22 epoll_pwait2:441:441 eventfd:284:-1 eventfd2:290:19 pipe:22:-1 pipe2:293:59
    munmap:11:215 mprotect:10:226 mremap:25:216 madvise:28:233 msync:26:227
    brk:12:214 membarrier:324:283 set_robust_list:273:99 get_robust_list:274:100
    set_tid_address:218:96 rseq:334:293 arch_prctl:158:-1 getpid:39:172 gettid:186:178 getppid:110:173
    getuid:102:174 geteuid:107:175 getgid:104:176 getegid:108:177 getresuid:118:148 getresgid:120:150
    getgroups:115:158 getpgrp:111:-1 getpgid:121:155 getsid:124:156 setsid:112:157 uname:63:160
    sysinfo:99:179 times:100:153 getrusage:98:165 getrlimit:97:163 setrlimit:160:164 sched_yield:24:124
    sched_getaffinity:204:123 sched_getparam:143:121 sched_getscheduler:145:120
    sched_get_priority_min:147:126 sched_get_priority_max:146:125 getpriority:140:141 nanosleep:35:101
    clock_nanosleep:230:115 clock_gettime:228:113 clock_getres:229:114 gettimeofday:96:169 time:201:-1
    timer_create:222:107 timer_settime:223:110 timer_gettime:224:108 timer_delete:226:111
    timer_getoverrun:225:109 timerfd_create:283:85 timerfd_settime:286:86 timerfd_gettime:287:87
    setitimer:38:103 getitimer:36:102 alarm:37:-1 pause:34:-1 rt_sigaction:13:134 rt_sigprocmask:14:135
    rt_sigreturn:15:139 sigaltstack:131:132 rt_sigtimedwait:128:137 rt_sigsuspend:130:133
    rt_sigpending:127:136 signalfd:282:-1 signalfd4:289:74 restart_syscall:219:128 exit:60:93
    exit_group:231:94 wait4:61:260 waitid:247:95 kill:62:129 tkill:200:130 tgkill:234:131
    getrandom:318:278 ftruncate:77:46 fallocate:285:47 fsync:74:82 fdatasync:75:83
    sendfile:40:71 copy_file_range:326:285 capget:125:90 capset:126:91 umask:95:166
    getcpu:309:168 pidfd_open:434:434 recvmsg:47:212 recvfrom:45:207 sendto:44:206
    get_mempolicy:239:236
"""
"""Nothing here reaches beyond the process and the files it may see."""

CHECKED = """
    clone:56:220 clone3:435:-1 prctl:157:167 ioctl:16:29 fcntl:72:25 prlimit64:302:261 execve:59:221
    execveat:322:281 socketpair:53:199 futex:202:98 mmap:9:222
"""
"""Allowed with some arguments only, see ``seccomp``."""

FORBIDDEN = """
    socket:41:198 connect:42:203 bind:49:200 listen:50:201 accept:43:202 accept4:288:242 fork:57:-1
    vfork:58:-1 ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271 mount:165:40
    umount2:166:39 pivot_root:155:41 chroot:161:51 setns:308:268 unshare:272:97 bpf:321:280
    perf_event_open:298:241 io_uring_setup:425:425 io_uring_enter:426:426 io_uring_register:427:427
    userfaultfd:323:282 keyctl:250:219 add_key:248:217 request_key:249:218 kexec_load:246:104
    kexec_file_load:320:294 init_module:175:105 finit_module:313:273 delete_module:176:106 reboot:169:142
    swapon:167:224 swapoff:168:225 open_by_handle_at:304:265 name_to_handle_at:303:264 memfd_secret:447:-1
    seccomp:317:277 quotactl:179:60 acct:163:89 syslog:103:116 settimeofday:164:170 clock_settime:227:112
    adjtimex:159:171 clock_adjtime:305:266 iopl:172:-1 ioperm:173:-1 shmget:29:194 shmat:30:196
    shmctl:31:195 msgget:68:186 semget:64:190 mq_open:240:180 fanotify_init:300:262 move_mount:429:429
    open_tree:428:428 fsopen:430:430 fsconfig:431:431 fsmount:432:432 fspick:433:433 mount_setattr:442:442
    process_madvise:440:440 pidfd_getfd:438:438 kcmp:312:272 lookup_dcookie:212:18 sethostname:170:161
    setdomainname:171:162 vhangup:153:58 migrate_pages:256:238 move_pages:279:239 modify_ldt:154:-1
    setuid:105:146 setgid:106:144 setresuid:117:147 setresgid:119:149 setgroups:116:159 setreuid:113:145
    setregid:114:143
"""
"""No honest candidate makes these: it is stopped and told so by name."""

SPEAKING = """
    flock:73:32 preadv2:327:286 pwritev2:328:287 fadvise64:221:223 mincore:27:232 sendmsg:46:211
    statfs:137:43 fstatfs:138:44
"""
"""By these two programs in two boxes could speak: through a file that both may read, or a count that the
kernel keeps for their user. For compilers only."""

WRITING = """
    mkdir:83:-1 mkdirat:258:34 unlink:87:-1 unlinkat:263:35 rename:82:-1 renameat:264:38 renameat2:316:276
    chmod:90:-1 fchmod:91:52 fchmodat:268:53 truncate:76:45 creat:85:-1 link:86:-1 linkat:265:37
    symlink:88:-1 symlinkat:266:36 rmdir:84:-1 utimensat:280:88 fchdir:81:50 fchown:93:55 chown:92:-1
    lchown:94:-1 fchownat:260:54 mlock:149:228 sched_setaffinity:203:122
"""
"""What compilers need besides: files of their own."""


def machine_index() -> int:
    """Column of this machine in the tables; raises LookupError on others."""
    try:
        return MACHINES.index(platform.machine())
    except ValueError:
        raise LookupError(
            f"no system call table for {platform.machine()}; known: {', '.join(MACHINES)}"
        ) from None


def numbers(table: str) -> dict[str, int]:
    """Name to number on this machine, of those that it has."""
    column = machine_index() + 1
    rows = (row.split(":") for row in table.split())
    return {row[0]: int(row[column]) for row in rows if int(row[column]) >= 0}


def call_name(number: int) -> str:
    """Name of a system call on this machine, or its number as text."""
    for table in (FORBIDDEN, CHECKED, SPEAKING, ALLOWED):
        for name, own in numbers(table).items():
            if own == number:
                return name
    return f"number {number}"
