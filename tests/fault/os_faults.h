/*
 * tests/fault/os_faults.h - let the nth operating system call or allocation of an operation fail.
 *
 * The program is linked with -Wl,--wrap=NAME for each name of OS_FAULTS_WRAPPED (see
 * CMakeLists.txt); while armed, calls are counted, and one of them returns an error instead of
 * being made.
 */
#ifndef TP_OS_FAULTS_H
#define TP_OS_FAULTS_H

/**
 * Fail call number `n` (0 is the first) with `error`; of `name` only, or of any wrapped call if
 * NULL.
 */
void os_faults_arm(const char *name, int n, int error);

/** Stop; returns the calls that were counted. */
int os_faults_disarm(void);

/** Name of the call that failed, NULL if none did. */
const char *os_faults_failed(void);

#endif
