#include "tp_proc.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int counting(void *arg)
{
    for (int i = 0; i < *(int *)arg; i++) {
        tp_proc_say("line %d", i);
    }
    fprintf(stderr, "to stderr\n");
    return 7;
}

TP_TEST(a_forked_function_talks_and_ends_with_its_result)
{
    int lines = 3;
    tp_proc_t *proc = tp_proc_fork("counting", counting, &lines);
    TP_CHECK_EQ_STR(tp_proc_line(proc, 5000), "line 0");
    TP_CHECK_EQ_STR(tp_proc_expect(proc, "2", 5000), "line 2");
    TP_CHECK(tp_proc_line(proc, 5000) == NULL);
    TP_PROC_EXITS(proc, 7, 5000);
    TP_CHECK(!tp_proc_is_running(proc));
    TP_CHECK_EQ_STR(tp_proc_stdout(proc, NULL), "line 0\nline 1\nline 2\n");
    TP_CHECK_EQ_STR(tp_proc_stderr(proc), "to stderr\n");
    tp_proc_free(proc);
    tp_proc_free(NULL);
}

TP_TEST(a_program_gets_its_arguments_its_environment_and_its_input)
{
    setenv("GONE", "here", 1);
    tp_proc_t *proc = tp_proc_spawn_with(&(const tp_proc_options_t){
        .argv = (const char *[]){ "sh", "-c", "echo $0 $GIVEN ${GONE-gone}; pwd; cat; exit 3",
                                  "zero", NULL },
        .env = (const char *[]){ "GIVEN=yes", "GONE", NULL },
        .cwd = "/",
        .stdin_pipe = true });
    tp_proc_t *other = tp_proc_spawn((const char *[]){ "sleep", "100", NULL });
    TP_CHECK_EQ_STR(tp_proc_line(proc, 5000), "zero yes gone");
    TP_CHECK_EQ_STR(tp_proc_line(proc, 5000), "/");
    TP_CHECK(tp_proc_write(proc, "in\nno end", 9));
    TP_CHECK_EQ_STR(tp_proc_line(proc, 5000), "in");
    tp_proc_close_stdin(proc);
    TP_CHECK_EQ_STR(tp_proc_line(proc, 5000), "no end");
    TP_PROC_EXITS(proc, 3, 5000);
    TP_CHECK(!tp_proc_write(proc, "x", 1));
    tp_proc_free(proc);
    tp_proc_free(other);
    proc = tp_proc_spawn((const char *[]){ "/no/such/program", NULL });
    TP_PROC_EXITS(proc, 127, 5000);
    TP_CHECK_CONTAINS(tp_proc_stderr(proc), "/no/such/program");
    tp_proc_free(proc);
}

static int counting_for_ever(void *arg)
{
    (void)arg;
    for (;;) {
        tp_proc_say("tick");
        tp_test_pause();
    }
    return 0;
}

TP_TEST(a_child_is_stopped_continued_and_killed)
{
    tp_proc_t *proc = tp_proc_fork("ticker", counting_for_ever, NULL);
    tp_proc_expect(proc, "tick", 5000);
    tp_proc_stop(proc);
    size_t before;
    size_t after;
    tp_proc_stdout(proc, &before);
    for (int i = 0; i < 20; i++) {
        tp_test_pause();
    }
    tp_proc_stdout(proc, &after);
    TP_CHECK_EQ_U64(before, after);
    TP_CHECK(tp_proc_is_running(proc));
    tp_proc_continue(proc);
    TP_CHECK_SOON((tp_proc_stdout(proc, &after), after > before), 5000);
    tp_proc_signal(proc, SIGTERM);
    TP_PROC_EXITS(proc, -SIGTERM, 5000);
    tp_proc_free(proc);
    proc = tp_proc_fork("ticker", counting_for_ever, NULL);
    tp_proc_stop(proc);
    tp_proc_kill(proc);
    TP_PROC_EXITS(proc, -SIGKILL, 0);
    tp_proc_free(proc);
}

static int leaves_a_child(void *arg)
{
    tp_proc_t *proc = tp_proc_fork("ticker", counting_for_ever, NULL);
    tp_proc_expect(proc, "tick", 5000);
    tp_proc_say("%ld", (long)tp_proc_pid(proc));
    tp_proc_stop(proc);
    switch (*(int *)arg) {
    case 0:
        return 0;
    case 1:
        TP_FAIL("as it should");
    default:
        raise(SIGKILL);
    }
    return 0;
}

TP_TEST(nothing_survives_the_one_who_started_it_however_that_ends)
{
    /* Orphans come to us, whatever init does. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    static const int results[] = { 0, 1, -SIGKILL };
    for (int how = 0; how < 3; how++) {
        tp_proc_t *proc = tp_proc_fork("leaver", leaves_a_child, &how);
        const long pid = strtol(tp_proc_line(proc, 5000), NULL, 10);
        TP_CHECK_GT_I64(pid, 1);
        TP_PROC_EXITS(proc, results[how], 5000);
        TP_CHECK_SOON(
            (waitpid((pid_t)pid, NULL, WNOHANG), kill((pid_t)pid, 0) != 0 && errno == ESRCH), 5000);
        if (how == 1) {
            TP_CHECK_CONTAINS(tp_proc_stderr(proc), "as it should");
            TP_CHECK_CONTAINS(tp_proc_stderr(proc), "stdout of ticker");
        }
        tp_proc_free(proc);
    }
}

static int waits_too_long(void *arg)
{
    tp_proc_t *proc = tp_proc_spawn((const char *[]){ "sleep", "100", NULL });
    if (*(int *)arg == 0) {
        tp_proc_wait(proc, 20);
    } else if (*(int *)arg == 1) {
        tp_proc_line(proc, 20);
    } else {
        TP_PROC_EXITS(tp_proc_spawn((const char *[]){ "true", NULL }), 1, 5000);
    }
    return 0;
}

TP_TEST(deadlines_and_wrong_ends_fail_the_test_with_names)
{
    static const char *texts[] = { "did not end within 20 ms", "did not print a line in time",
                                   "true (pid" };
    for (int how = 0; how < 3; how++) {
        tp_proc_t *proc = tp_proc_fork("waiter", waits_too_long, &how);
        TP_PROC_EXITS(proc, 1, 5000);
        TP_CHECK_CONTAINS(tp_proc_stderr(proc), texts[how]);
        tp_proc_free(proc);
    }
}

TP_TEST_MAIN()
