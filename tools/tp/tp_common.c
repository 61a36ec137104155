/*
 * tools/tp/tp_common.c - signals, output and logging. The command line is in tp_args.c.
 */
#include "tp_common.h"

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tp_writer.h"

/* Lock-free, hence fit for a signal handler. */
static atomic_int stop_signals;
static atomic_bool output_broken;

static void on_stop(int signal_number)
{
    (void)signal_number;
    atomic_fetch_add(&stop_signals, 1);
}

void tp_signals_install(void)
{
    struct sigaction action = { .sa_handler = on_stop };
    sigemptyset(&action.sa_mask);
    /* No SA_RESTART: a blocking read of standard input must end. */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}

int tp_stop_requested(void)
{
    const int signals = atomic_load(&stop_signals);
    return signals == 0 && atomic_load(&output_broken) ? 1 : signals;
}

int tp_stop_signals(void)
{
    return atomic_load(&stop_signals);
}

static void on_broken(void)
{
    atomic_store(&output_broken, true);
}

void tp_output_unblock(void)
{
    tp_writer_start(on_broken);
}

/* What goes to the writer's thread, where there is one; false: there is none. */
static bool hand_over(int fd, const char *format, va_list arguments)
{
    char text[2048];
    if (!tp_writer_is_on()) {
        return false;
    }
    const int len = vsnprintf(text, sizeof text, format, arguments);
    if (len >= (int)sizeof text) {
        text[sizeof text - 2] = '\n';
    }
    if (len > 0) {
        const size_t most = sizeof text - 1;
        tp_writer_put(fd, text, (size_t)len < most ? (size_t)len : most, "");
    }
    return true;
}

void tp_json_line(json_object *object)
{
    const uint64_t dropped = tp_writer_is_on() ? tp_writer_dropped(true) : 0;
    if (dropped > 0) {
        tp_json_add_u64(object, "status_lines_dropped", dropped);
    }
    const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                                  JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text != NULL && tp_writer_is_on()) {
        tp_writer_put(STDOUT_FILENO, text, strlen(text), "\n");
    } else if (text == NULL || fputs(text, stdout) == EOF || fputc('\n', stdout) == EOF ||
               fflush(stdout) != 0) {
        atomic_store(&output_broken, true);
    }
    json_object_put(object);
}

void tp_out(const char *format, ...)
{
    va_list arguments;
    const uint64_t dropped = tp_writer_is_on() ? tp_writer_dropped(true) : 0;
    if (dropped > 0) {
        char text[64];
        const int len = snprintf(text, sizeof text, "status lines dropped: %llu\n",
                                 (unsigned long long)dropped);
        tp_writer_put(STDOUT_FILENO, text, (size_t)len, "");
    }
    va_start(arguments, format);
    if (!hand_over(STDOUT_FILENO, format, arguments) &&
        (vprintf(format, arguments) < 0 || fflush(stdout) != 0)) {
        atomic_store(&output_broken, true);
    }
    va_end(arguments);
}

void tp_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!hand_over(STDERR_FILENO, format, arguments)) {
        vfprintf(stderr, format, arguments);
    }
    va_end(arguments);
}

static void add(json_object *object, const char *key, json_object *value)
{
    json_object_object_add(object, key, value);
}

void tp_json_add_string(json_object *object, const char *key, const char *value)
{
    if (value == NULL) {
        add(object, key, NULL);
    } else {
        tp_json_add_text(object, key, value, strlen(value));
    }
}

const char *tp_plain(char *out, size_t cap, const char *data, size_t len)
{
    size_t n = 0;
    for (; n < len && n + 1 < cap; n++) {
        out[n] = data[n] >= 0x20 && data[n] < 0x7f ? data[n] : '?';
    }
    out[n] = '\0';
    return out;
}

void tp_json_add_text(json_object *object, const char *key, const char *data, size_t len)
{
    /* A stranger's text may be anything; JSON must be UTF-8. */
    char *copy = malloc(len * 3 + 1);
    if (copy == NULL) {
        add(object, key, NULL);
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)data[i] < 0x80) {
            copy[n++] = data[i];
        } else {
            memcpy(copy + n, "\xEF\xBF\xBD", 3);
            n += 3;
        }
    }
    add(object, key, json_object_new_string_len(copy, (int)n));
    free(copy);
}

void tp_json_add_u64(json_object *object, const char *key, uint64_t value)
{
    add(object, key, json_object_new_uint64(value));
}

void tp_json_add_i64(json_object *object, const char *key, int64_t value)
{
    add(object, key, json_object_new_int64(value));
}

void tp_json_add_bool(json_object *object, const char *key, bool value)
{
    add(object, key, json_object_new_boolean(value));
}

void tp_json_add_double(json_object *object, const char *key, double value)
{
    char text[40];
    /* Three digits are plenty for rates and times, and 17 are unreadable. */
    snprintf(text, sizeof text, "%.3f", value);
    add(object, key, json_object_new_double_s(value, text));
}

void tp_json_add_null(json_object *object, const char *key)
{
    add(object, key, NULL);
}

static bool is_listed(const char *list, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = list; *at != '\0';) {
        const size_t part = strcspn(at, ", ");
        if (part == len && strncmp(at, word, len) == 0) {
            return true;
        }
        at += part;
        at += strspn(at, ", ");
    }
    return false;
}

bool tp_log_enabled(int level, const char *module)
{
    const char *on = tp_env("TP_LOG");
    if (on == NULL || strcmp(on, "0") == 0) {
        return false;
    }
    const char *least = tp_env("TP_LOG_LEVEL");
    if (level < (least != NULL ? atoi(least) : TP_LOG_INFO)) {
        return false;
    }
    const char *modules = tp_env("TP_LOG_MODULES");
    return modules == NULL || is_listed(modules, module);
}

void tp_log(int level, const char *module, const char *format, ...)
{
    if (!tp_log_enabled(level, module)) {
        return;
    }
    const char *name = level >= TP_LOG_ERROR     ? "error"
                       : level >= TP_LOG_WARNING ? "warning"
                       : level >= TP_LOG_INFO    ? "info"
                                                 : "debug";
    struct timespec now;
    struct tm utc;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    char text[1600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tp_say("%s.%03ldZ %s %s: %s\n", stamp, now.tv_nsec / 1000000, name, module, text);
}

const char *tp_env(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

int64_t tp_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Of linux/sched/types.h, which older systems have without the meaning of `runtime`. */
typedef struct sched_attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
} sched_attributes_t;

void tp_short_slices(void)
{
    sched_attributes_t attributes = { .size = sizeof attributes };
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0 &&
        attributes.policy == SCHED_OTHER) {
        attributes.runtime = 100000; /* ns; the kernel's least */
        (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
    }
}
