/* For tests that code makes no system call: in a forked child, any is its death. */
#ifndef TP_TEST_NO_SYSCALLS_H
#define TP_TEST_NO_SYSCALLS_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tp_test.h"

/*
 * Kill at any system call but exit. Not strict mode: that takes rdtsc away as well, which the
 * vDSO's clock needs. Where the vDSO has no clock and asks the kernel, `is_clock_allowed`.
 */
static inline void tp_test_forbid_system_calls(bool is_clock_allowed)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, is_clock_allowed ? SYS_clock_gettime : SYS_exit, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { .len = sizeof filter / sizeof filter[0], .filter = filter };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        _exit(77);
    }
}

/* Is the clock a system call here? Skips the test where there are no filters. */
static inline bool tp_test_is_clock_a_system_call(void)
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        tp_test_forbid_system_calls(false);
        (void)tp_test_now_ns();
        syscall(SYS_exit, 0);
    }
    TP_CHECK_EQ_I64(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        TP_SKIP("no seccomp filters here");
    }
    return !WIFEXITED(status);
}

#endif
