/* The trusted process inside a box for native programs: what zygote.py is, in C, for programs that are executed.
 *
 * Small on purpose: the peak memory that the kernel reports for a child includes that of the process it was
 * forked from. It reads nothing of a candidate's; executables and inputs are bytes to it. The messages are those of
 * job_protocol.py; the filter and the Landlock rules come ready made from the host.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INLINE 0x80000000u
#define INLINE_BYTES (48 * 1024)
#define TOGETHER_US 10000
#define OWN_PID 0xFFFFFFF0u
#define DATA_LIMIT 1u
#define STREAMS 2u
#define RESERVED_BYTES (16ull << 30)
#define COUNTED_EVERY_US 1000000u
#define OTHERS_SLACK 256u
#define MAX_FDS 8
#define MAX_ARGS 64
enum { ENDED, WALL, CPU, FORBIDDEN, CANCELLED, BROKEN };

#pragma pack(push, 1)
struct job {
    char magic[4];
    uint32_t id, kind, mode, count, flags;
    uint64_t wall_us, cpu_us, address, output, stderr_keep, file, stack;
    uint32_t threads, files;
    uint64_t program;
};
struct result {
    char magic[4];
    uint32_t id, index, cause;
    int32_t status;
    uint32_t call;
    uint64_t wall_us, cpu_us, peak_kib, out_size, err_size;
};
struct small {
    char magic[4];
    uint32_t id;
};
#pragma pack(pop)

static int control, listener = -1, private_pids, counts_user;
static uint32_t landlock_version, counted; /* counted: threads of our user, where the kernel counts those of all */
/* Files of the box that stand for descriptors, as in zygote.py; -1: there is none. */
static int own_stdin = -1, own_input = -1, own_output = -1;
static pid_t self;
static struct sock_filter *child_filter;
static unsigned short child_length;
static char message[2 * (sizeof(struct result) + INLINE_BYTES)]; /* results that travel together */
static size_t pending;
/* Shared with the child until it execs: 1 once nothing is left to be taken from it. Else the box failed, not the program. */
static volatile int *started_well;

static void fail(const char *what) {
    fprintf(stderr, "launcher: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t microseconds(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return UINT64_MAX;
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* Exactly so many bytes of a memfd. */
static void read_at(int fd, void *into, size_t size, off_t offset) {
    char *at = into;
    while (size > 0) {
        ssize_t got = pread(fd, at, size, offset);
        if (got <= 0) fail("read");
        at += got, offset += got, size -= (size_t)got;
    }
}

static void send_all(const void *bytes, size_t size) {
    if (send(control, bytes, size, MSG_NOSIGNAL) < 0) _exit(0);
}

static void send_small(const char *magic, uint32_t id) {
    struct small note;
    memcpy(note.magic, magic, 4);
    note.id = id;
    send_all(&note, sizeof note);
}

static void flush_results(void) {
    if (pending) send_all(message, pending);
    pending = 0;
}

/* A memfd as new: no bytes, at its beginning, no status flags left by the last process. */
static void empty(int fd) {
    if (fd < 0) return;
    if (ftruncate(fd, 0) != 0) fail("truncate");
    lseek(fd, 0, SEEK_SET);
    fcntl(fd, F_SETFL, 0);
}

static void fill(int to, int from, off_t offset, uint64_t size) {
    static char chunk[1 << 16];
    empty(to);
    while (size > 0) {
        size_t part = size < sizeof chunk ? (size_t)size : sizeof chunk;
        read_at(from, chunk, part, offset);
        if (write(to, chunk, part) != (ssize_t)part) fail("write input");
        offset += (off_t)part, size -= part;
    }
    lseek(to, 0, SEEK_SET);
}

static void limit(int what, uint64_t value) {
    struct rlimit both = {value, value}, now;
    if (setrlimit((__rlimit_resource_t)what, &both) != 0 || getrlimit((__rlimit_resource_t)what, &now) != 0 ||
        now.rlim_cur != value || now.rlim_max != value)
        _exit(121);
}

/* Programs raise the limit of their stack, as judges allow: that of address space bounds it, where it is in force. */
static void limit_stack(uint64_t value, int may_be_raised) {
    struct rlimit both, now;
    if (getrlimit(RLIMIT_STACK, &both) != 0) _exit(121);
    if (both.rlim_max == RLIM_INFINITY || value < both.rlim_max) both.rlim_cur = value;
    else both.rlim_cur = both.rlim_max;
    if (!may_be_raised) both.rlim_max = both.rlim_cur;
    if (setrlimit(RLIMIT_STACK, &both) != 0 || getrlimit(RLIMIT_STACK, &now) != 0 || now.rlim_cur != both.rlim_cur ||
        now.rlim_max != both.rlim_max)
        _exit(121);
}

static long new_process(void) { return syscall(SYS_clone, SIGCHLD | (private_pids ? CLONE_NEWPID : 0), 0, 0, 0, 0); }

static int may_clone(rlim_t most, rlim_t hard) {
    struct rlimit both = {most, hard};
    if (setrlimit(RLIMIT_NPROC, &both) != 0) fail("limit of processes");
    long pid = new_process();
    if (pid == 0) _exit(0);
    if (pid < 0) return 0;
    while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return 1;
}

/* At least as many as the kernel counts for our user, and at most a few more: it makes no process above a limit. */
static uint32_t count_threads(void) {
    struct rlimit before;
    if (getrlimit(RLIMIT_NPROC, &before) != 0) fail("limit of processes");
    rlim_t most = before.rlim_max < (1u << 22) ? before.rlim_max : 1u << 22, low = 0, high = 64;
    while (high < most && !may_clone(high, before.rlim_max)) low = high, high = high * 2 < most ? high * 2 : most;
    while (high - low > 16) {
        rlim_t middle = (low + high) / 2;
        if (may_clone(middle, before.rlim_max)) high = middle;
        else low = middle;
    }
    if (setrlimit(RLIMIT_NPROC, &before) != 0) fail("limit of processes");
    return (uint32_t)(high < most ? high : most);
}

/* A limit for a child, where the user's own may be tighter. */
static uint32_t at_most_hard(int what, uint32_t value) {
    struct rlimit both;
    if (getrlimit((__rlimit_resource_t)what, &both) != 0) fail("limits");
    return both.rlim_max < value ? (uint32_t)both.rlim_max : value;
}

static uint32_t most_threads(uint32_t own) {
    static uint64_t counted_at;
    if (counts_user) {
        uint64_t now = microseconds(CLOCK_MONOTONIC);
        if (!counted_at || now - counted_at >= COUNTED_EVERY_US) counted_at = now, counted = count_threads();
        own += counted + OTHERS_SLACK;
    }
    return at_most_hard(RLIMIT_NPROC, own);
}

/* In the candidate's process: never returns. */
static void become(const struct job *job, const int *fds, char **arguments, char **environment) {
    if (setsid() < 0 || getsid(0) != getpid()) _exit(121);
    const int *streams = job->flags & STREAMS ? fds + MAX_FDS - 2 : fds + 1;
    if (dup2(streams[0], 0) < 0 || dup2(streams[1], 1) < 0 || dup2(fds[3], 2) < 0) _exit(121);
    int executable = -1;
    if (fds[4] >= 0) {
        if (fds[4] != 3 && dup2(fds[4], 3) < 0) _exit(121);
        executable = 3;
        fcntl(3, F_SETFD, FD_CLOEXEC);
    }
    if (syscall(SYS_close_range, executable < 0 ? 3 : 4, ~0u, 0) != 0) _exit(121);
    limit(RLIMIT_CPU, job->cpu_us / 1000000u + 2);
    limit(RLIMIT_FSIZE, job->file);
    limit(RLIMIT_NPROC, job->threads);
    limit(RLIMIT_NOFILE, job->files);
    limit_stack(job->stack, !(job->flags & DATA_LIMIT));
    if (job->flags & DATA_LIMIT) limit(RLIMIT_DATA, job->address);
    limit(RLIMIT_AS, job->address + (job->flags & DATA_LIMIT ? RESERVED_BYTES : 0));
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}}, left[2] = {{1, 1, 1}, {1, 1, 1}};
    if (syscall(SYS_capset, &header, none) != 0 || syscall(SYS_capget, &header, left) != 0) _exit(121);
    if (memcmp(none, left, sizeof none) != 0) _exit(121);
    if (!private_pids) {
        int at_death = 0;
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != self) _exit(121);
        if (prctl(PR_GET_PDEATHSIG, &at_death) != 0 || at_death != SIGKILL) _exit(121);
        for (int i = 0; i < child_length; i++)
            if (child_filter[i].k == OWN_PID) child_filter[i].k = (uint32_t)getpid();
        struct sock_fprog program = {child_length, child_filter};
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) _exit(121);
        if (kill(self, 0) == 0) _exit(121);
    }
    signal(SIGPIPE, SIG_DFL);
    *started_well = 1;
    if (executable >= 0)
        syscall(SYS_execveat, 3, "", arguments, environment, AT_EMPTY_PATH);
    else
        execve(arguments[0], arguments, environment);
    if (errno != ENOMEM && errno != E2BIG) *started_well = 0; /* those two are about the program and its limits */
    _exit(126);
}

static uint32_t forbidden_call(void) {
    union {
        struct seccomp_notif notice;
        char room[256];
    } heard;
    memset(&heard, 0, sizeof heard);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &heard) != 0) return 0;
    return (uint32_t)heard.notice.data.nr;
}

/* Until the child has ended or a limit is reached. Returns the cause. */
static uint32_t watch(const struct job *job, pid_t pid, uint64_t started, struct result *out, struct rusage *usage) {
    static long cores;
    if (!cores) cores = sysconf(_SC_NPROCESSORS_ONLN) > 0 ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) fail("pidfd");
    clockid_t clock = (clockid_t)((~(unsigned)pid << 3) | 2);
    uint64_t deadline = started + job->wall_us;
    uint64_t pause = job->wall_us < job->cpu_us ? job->wall_us : job->cpu_us;
    uint32_t cause = ENDED;
    if (pause > TOGETHER_US) pause = TOGETHER_US;
    for (;;) {
        struct pollfd fds[3] = {{pidfd, POLLIN, 0}, {control, POLLIN, 0}, {listener, POLLIN, 0}};
        int timeout = pause / 1000 + 1 > 1000000 ? 1000000 : (int)(pause / 1000 + 1);
        int ready = poll(fds, listener >= 0 ? 3 : 2, timeout);
        if (ready < 0 && errno != EINTR) fail("poll");
        if (ready == 0) flush_results(); /* a long execution does not keep the others waiting */
        if (ready > 0 && fds[0].revents) break;
        if (ready > 0 && listener >= 0 && fds[2].revents) {
            out->call = forbidden_call();
            cause = FORBIDDEN;
            break;
        }
        if (ready > 0 && fds[1].revents) {
            struct small note;
            ssize_t got = recv(control, &note, sizeof note, 0);
            if (got <= 0) _exit(0);
            if (memcmp(note.magic, "CAN1", 4) == 0 && note.id == job->id) {
                cause = CANCELLED;
                break;
            }
        }
        uint64_t now = microseconds(CLOCK_MONOTONIC), used = microseconds(clock);
        if (now >= deadline) {
            cause = WALL;
            break;
        }
        uint64_t left = 1000;
        if (used != UINT64_MAX) {
            if (used >= job->cpu_us) {
                cause = CPU;
                break;
            }
            left = (job->cpu_us - used) / (uint64_t)cores;
        }
        pause = deadline - now < left ? deadline - now : left;
    }
    if (cause != ENDED) kill(pid, SIGKILL);
    int status = 0;
    while (wait4(pid, &status, 0, usage) < 0 && errno == EINTR) {
    }
    out->status = status;
    close(pidfd);
    return cause;
}

/* One input: 0, or -1 when the host no longer wants this job. */
static int execute(const struct job *job, const int *fds, uint32_t index, char **arguments, char **environment) {
    struct result result;
    struct result *out = &result;
    memset(out, 0, sizeof *out);
    memcpy(out->magic, "RES1", 4);
    out->id = job->id, out->index = index;
    empty(fds[2]);
    empty(fds[3]);
    empty(own_output);
    *started_well = 0;
    uint64_t started = microseconds(CLOCK_MONOTONIC);
    long pid = new_process();
    if (pid == 0) become(job, fds, arguments, environment);
    if (pid < 0) {
        out->cause = BROKEN;
        out->call = INLINE;
        flush_results();
        send_all(out, sizeof *out);
        return 0;
    }
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    out->cause = watch(job, (pid_t)pid, started, out, &usage);
    if (out->cause == CANCELLED) return -1;
    if (!*started_well) out->cause = BROKEN;
    out->wall_us = microseconds(CLOCK_MONOTONIC) - started;
    out->cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
                  (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    out->peak_kib = (uint64_t)usage.ru_maxrss;
    struct stat about;
    if (own_output >= 0 && fstat(own_output, &about) == 0 && about.st_size > 0)
        fill(fds[2], own_output, 0, (uint64_t)about.st_size <= job->output ? (uint64_t)about.st_size : job->output + 1);
    out->out_size = fstat(fds[2], &about) == 0 ? (uint64_t)about.st_size : 0;
    out->err_size = fstat(fds[3], &about) == 0 ? (uint64_t)about.st_size : 0;
    uint64_t keep_out = out->out_size < job->output ? out->out_size : job->output;
    uint64_t keep_err = out->err_size < job->stderr_keep ? out->err_size : job->stderr_keep;
    if (keep_out <= INLINE_BYTES && keep_out + keep_err <= INLINE_BYTES) {
        out->call |= INLINE;
        memcpy(message + pending, out, sizeof *out);
        pending += sizeof *out;
        read_at(fds[2], message + pending, keep_out, 0);
        pending += keep_out;
        read_at(fds[3], message + pending, keep_err, (off_t)(out->err_size - keep_err));
        pending += keep_err;
        if (pending > INLINE_BYTES) flush_results();
        return 0;
    }
    flush_results();
    send_all(out, sizeof *out);
    for (;;) {
        struct small note;
        ssize_t got = recv(control, &note, sizeof note, 0);
        if (got <= 0) _exit(0);
        if (memcmp(note.magic, "ACK1", 4) == 0) return 0;
        if (memcmp(note.magic, "CAN1", 4) == 0) return -1;
    }
}

/* The program bytes are arguments, each behind its length. */
static char *split(char *bytes, uint64_t size, char **arguments) {
    int count = 0;
    uint64_t at = 0;
    while (at + 8 <= size && count < MAX_ARGS - 1) {
        uint64_t length;
        memcpy(&length, bytes + at, 8);
        at += 8;
        if (length > size - at) break;
        char *copy = calloc(1, length + 1);
        if (!copy) fail("memory");
        memcpy(copy, bytes + at, length);
        arguments[count++] = copy;
        at += length;
    }
    arguments[count] = NULL;
    return bytes;
}

static void serve_job(const struct job *job, const int *sent) {
    int fds[MAX_FDS];
    memcpy(fds, sent, sizeof fds);
    struct job bounded = *job;
    bounded.threads = most_threads(job->threads);
    if (own_stdin >= 0) fds[1] = own_stdin;
    char *program = malloc(job->program + 1);
    uint64_t *sizes = calloc(job->count + 1, 8);
    if (!program || !sizes) fail("memory");
    read_at(fds[0], program, job->program, 0);
    read_at(fds[0], sizes, 8 * (size_t)job->count, (off_t)job->program);
    char *arguments[MAX_ARGS] = {NULL};
    char *environment[] = {"PATH=/usr/bin:/bin", "HOME=/", "LANG=C.UTF-8", "ONLINE_JUDGE=1", NULL};
    split(program, job->program, arguments);
    off_t offset = (off_t)(job->program + 8 * (uint64_t)job->count);
    for (uint32_t index = 0; index < job->count; index++) {
        fill(fds[1], fds[0], offset, sizes[index]);
        if (own_input >= 0) fill(own_input, fds[0], offset, sizes[index]);
        if (execute(&bounded, fds, index, arguments, environment) != 0) break;
        offset += (off_t)sizes[index];
    }
    const int own[] = {own_stdin, own_input, own_output}; /* they hold nothing between jobs */
    for (int i = 0; i < 3; i++) empty(own[i]);
    for (int i = 0; arguments[i]; i++) free(arguments[i]);
    free(program);
    free(sizes);
}

static uint32_t take_u32(char **at) {
    uint32_t value;
    memcpy(&value, *at, 4);
    *at += 4;
    return value;
}

static void landlock(char **at, uint32_t needed) {
    uint32_t rules = take_u32(at);
    long version = syscall(444, NULL, 0, 1);
    if (version < 0) {
        if (errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM) fail("Landlock version");
        version = 0;
    }
    landlock_version = (uint32_t)version;
    if ((uint32_t)version < needed) fail("Landlock is too old");
    uint64_t known[] = {0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF};
    uint64_t handled = known[version > 5 ? 5 : version];
    uint64_t fields[3] = {handled, version >= 4 ? 3 : 0, version >= 6 ? 3 : 0};
    int ruleset = version ? (int)syscall(444, fields, version >= 6 ? 24 : version >= 4 ? 16 : 8, 0) : -1;
    if (version && ruleset < 0) fail("Landlock ruleset");
    for (uint32_t i = 0; i < rules; i++) {
        uint64_t rights;
        memcpy(&rights, *at, 8);
        *at += 8;
        uint32_t length = take_u32(at);
        char path[4096];
        if (length >= sizeof path) fail("Landlock path");
        memcpy(path, *at, length);
        path[length] = 0;
        *at += length;
        int fd = version ? open(path, O_PATH | O_CLOEXEC) : -1;
        if (fd < 0) continue; /* a path that is not there grants nothing */
        struct stat about;
        if (fstat(fd, &about) == 0 && !S_ISDIR(about.st_mode)) rights &= 1 | 2 | 4 | (1 << 14) | (1 << 15);
        struct __attribute__((packed)) {
            uint64_t rights;
            int32_t fd;
        } rule = {rights & handled, fd};
        if (syscall(445, ruleset, 1, &rule, 0) != 0) fail("Landlock rule");
        close(fd);
    }
    if (version && syscall(446, ruleset, 0) != 0) fail("Landlock");
    if (ruleset >= 0) close(ruleset);
    if (version && open("/", O_RDONLY | O_DIRECTORY) >= 0) fail("Landlock is not in force"); /* no rule allows it */
}

static struct sock_filter *take_filter(char **at, unsigned short *length) {
    uint32_t count = take_u32(at);
    struct sock_filter *filter = malloc(count * sizeof *filter + 1);
    if (!filter) fail("memory");
    memcpy(filter, *at, count * sizeof *filter);
    *at += count * sizeof *filter;
    *length = (unsigned short)count;
    return filter;
}

static char *take_text(char **at) {
    uint32_t length = take_u32(at);
    char *text = calloc(1, (size_t)length + 1);
    if (!text) fail("memory");
    memcpy(text, *at, length);
    *at += length;
    return text;
}

/* A file that only this process may write as it likes; -1 for no path. */
static int own_file(const char *path, mode_t mode) {
    if (!*path) return -1;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fchmod(fd, mode) != 0) fail(path);
    return fd;
}

static void open_own_files(char **at) {
    char *standard = take_text(at), *input = take_text(at), *output = take_text(at);
    own_stdin = own_file(standard, 0444);
    own_input = own_file(input, 0444);
    own_output = own_file(output, 0600);
    char *end = strrchr(output, '/');
    if (end) {
        *end = 0;
        if (chdir(output) != 0) fail(output);
    }
    free(standard);
    free(input);
    free(output);
}

/* Once for the box: what every later process inherits. */
static void harden(int stage) {
    struct stat about;
    if (fstat(stage, &about) != 0) fail("stage");
    char *bytes = malloc((size_t)about.st_size + 1), *at = bytes;
    if (!bytes) fail("memory");
    read_at(stage, bytes, (size_t)about.st_size, 0);
    close(stage);
    private_pids = (int)take_u32(&at);
    uint32_t needed = take_u32(&at), parent = take_u32(&at);
    counts_user = (int)take_u32(&at);
    uint32_t pending_signals = take_u32(&at);
    if (parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != (pid_t)parent)) fail("the owner is gone");
    open_own_files(&at);
    unsigned short length;
    struct sock_filter *filter = take_filter(&at, &length);
    child_filter = take_filter(&at, &child_length);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_SIGPENDING, at_most_hard(RLIMIT_SIGPENDING, pending_signals));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fail("prctl");
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) fail("prctl");
    landlock(&at, needed);
    struct sock_fprog program = {length, filter};
    listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener < 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) fail("seccomp");
    if (syscall(SYS_setpriority, PRIO_PROCESS, 0, 0) == 0) fail("seccomp is not in force"); /* in no filter */
    free(bytes);
    self = getpid();
}

int main(int count, char **words) {
    if (count != 3) return 2;
    control = atoi(words[2]);
    started_well = mmap(NULL, sizeof *started_well, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (started_well == MAP_FAILED) fail("memory");
    harden(atoi(words[1]));
    send_small("RDY1", landlock_version);
    for (;;) {
        struct job job;
        char room[CMSG_SPACE(MAX_FDS * sizeof(int))];
        struct iovec part = {&job, sizeof job};
        struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
        ssize_t got = recvmsg(control, &head, MSG_CMSG_CLOEXEC);
        if (got <= 0) return 0;
        int fds[MAX_FDS] = {-1, -1, -1, -1, -1, -1, -1, -1}, have = 0;
        for (struct cmsghdr *note = CMSG_FIRSTHDR(&head); note; note = CMSG_NXTHDR(&head, note)) {
            if (note->cmsg_level != SOL_SOCKET || note->cmsg_type != SCM_RIGHTS) continue;
            have = (int)((note->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(fds, CMSG_DATA(note), (size_t)have * sizeof(int));
        }
        if (got == sizeof job && memcmp(job.magic, "JOB1", 4) == 0 && have >= (job.flags & STREAMS ? 6 : 4)) {
            if (job.flags & STREAMS) { /* the last two of those sent go to the last two places */
                int from = have - 2, pair[2] = {fds[from], fds[from + 1]};
                fds[from] = fds[from + 1] = -1;
                memcpy(fds + MAX_FDS - 2, pair, sizeof pair);
                have = MAX_FDS;
            }
            serve_job(&job, fds);
            flush_results();
            send_small("DON1", job.id);
        }
        for (int i = 0; i < have; i++)
            if (fds[i] >= 0) close(fds[i]);
    }
}
