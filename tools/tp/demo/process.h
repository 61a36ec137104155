/*
 * tp/demo/process.h - child processes of the demo: started from an argument list, heard line by
 * line, ended by pid, never left behind.
 */
#ifndef TP_TOOL_DEMO_PROCESS_H
#define TP_TOOL_DEMO_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <json-c/json.h>
#include <sys/types.h>

#define TP_DEMO_MAX_ARGS 48

typedef struct tp_demo_process {
    char name[32];
    pid_t pid;  /* 0: not running */
    int out_fd; /* its standard output, non-blocking; -1 */
    int status; /* from waitpid, once it ended */
    char line[8192];
    size_t line_len;
    json_object *last; /* newest JSON object with "event" "stats", "status" or "summary" */
    bool has_summary, is_ready;
} tp_demo_process_t;

/**
 * Start argv[0] (NULL-terminated list). Its standard input is `in_fd` (-1: nothing), its standard
 * output a pipe to us, or `out_fd` if >= 0. The child gets SIGTERM when we die. TP_OK or TP_EIO
 * with a text.
 */
int tp_demo_start(tp_demo_process_t *process, const char *name, const char *const *argv, int in_fd,
                  int out_fd);

/** The same inside the network namespace `ns_fd`; -1: in ours. */
int tp_demo_start_in(tp_demo_process_t *process, const char *name, const char *const *argv,
                     int in_fd, int out_fd, int ns_fd);

/** Read what it wrote, keep its newest statistics; notice its end. Never blocks. */
void tp_demo_listen(tp_demo_process_t *process);

/** Send a signal, if it was started and not joined yet. */
void tp_demo_signal(const tp_demo_process_t *process, int number);

/** Wait for its end until deadline_ns, then SIGKILL; true if it ended by itself with exit status 0.
 */
bool tp_demo_join(tp_demo_process_t *process, int64_t deadline_ns);

/** An unsigned number of its newest statistics, e.g. ("frames", NULL) or ("drops", "overrun"); 0 if
 * there is none. */
uint64_t tp_demo_number(const tp_demo_process_t *process, const char *key, const char *inner);
double tp_demo_double(const tp_demo_process_t *process, const char *key);

#endif
