/*
 * tests/support/wrap_syscall.h - every system call that the code under test makes by syscall() passes through the test
 * first. For one source file of a test linked with -Wl,--wrap=syscall.
 */
#ifndef WRAP_SYSCALL_H
#define WRAP_SYSCALL_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/** The test's: what it counts or does before the call. true: the kernel has no such call, ENOSYS. */
static bool is_syscall_missing(long number, const long a[6]);

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
    long a[6];
    va_list args;
    va_start(args, number);
    for (int i = 0; i < 6; i++) {
        a[i] = va_arg(args, long);
    }
    va_end(args);
    if (is_syscall_missing(number, a)) {
        errno = ENOSYS;
        return -1;
    }
    return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#endif
