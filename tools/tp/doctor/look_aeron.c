/*
 * tools/tp/doctor/look_aeron.c - the media driver's directory, its process, and what its counters
 * say; and the look as a whole.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "doctor/look.h"
#include "link/cnc.h"
#include "link/counters.h"
#include "top/look.h"

enum { ENTRIES_MAX = 100000, ENVIRONMENT_MAX = 1 << 20 };

static const char *const variables[] = {
    "AERON_THREADING_MODE",
    "AERON_CONDUCTOR_IDLE_STRATEGY",
    "AERON_SENDER_IDLE_STRATEGY",
    "AERON_RECEIVER_IDLE_STRATEGY",
    "AERON_SHAREDNETWORK_IDLE_STRATEGY",
    "AERON_SHARED_IDLE_STRATEGY",
    "AERON_TERM_BUFFER_LENGTH",
    "AERON_IPC_TERM_BUFFER_LENGTH",
    "AERON_SOCKET_SO_RCVBUF",
    "AERON_SOCKET_SO_SNDBUF",
    "AERON_RCV_INITIAL_WINDOW_LENGTH",
};
_Static_assert(sizeof variables / sizeof variables[0] <= TP_DOCTOR_VARIABLES, "room for all");

static void add_variable(tp_doctor_aeron_t *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0' || out->nvariables == TP_DOCTOR_VARIABLES) {
        return;
    }
    tp_doctor_variable_t *variable = &out->variables[out->nvariables++];
    variable->name = name;
    snprintf(variable->value, sizeof variable->value, "%s", value);
}

/* Of the process, as far as we may: only the names above are looked at. */
static bool look_into_environment(tp_doctor_aeron_t *out)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/environ", (long long)out->pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd >= 0 ? malloc(ENVIRONMENT_MAX + 1) : NULL;
    size_t len = 0;
    bool is_read = text != NULL;
    while (is_read && len < ENVIRONMENT_MAX) {
        const ssize_t got = read(fd, text + len, ENVIRONMENT_MAX - len);
        if (got <= 0) {
            is_read = got == 0;
            break;
        }
        len += (size_t)got;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (is_read) {
        text[len] = '\0';
        for (const char *at = text; at < text + len; at += strlen(at) + 1) {
            for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
                const size_t name_len = strlen(variables[i]);
                if (strncmp(at, variables[i], name_len) == 0 && at[name_len] == '=') {
                    add_variable(out, variables[i], at + name_len + 1);
                }
            }
        }
    }
    free(text);
    return is_read;
}

static void look_at_process(tp_doctor_aeron_t *out)
{
    char path[64];
    char name[32];
    char ignored[TP_DOCTOR_TROUBLE];
    if (out->cnc == TP_DOCTOR_CNC_ALIVE && out->pid > 0) {
        /* Whoever has a media driver inside, tp among them, sets what such variables could change
         * itself. */
        snprintf(path, sizeof path, "/proc/%lld/comm", (long long)out->pid);
        out->is_embedded = tp_doctor_read_line(path, name, sizeof name, ignored) &&
                           strncmp(name, "aeronmd", 7) != 0 && strcmp(name, "java") != 0;
        out->env_is_its = look_into_environment(out);
    }
    for (size_t i = 0; !out->env_is_its && i < sizeof variables / sizeof variables[0]; i++) {
        add_variable(out, variables[i], getenv(variables[i]));
    }
}

static void look_at_cnc(tp_doctor_aeron_t *out, const char *dir)
{
    const int64_t timeout_ns = 10000000000; /* Aeron's default */
    const int64_t late_ms = 3000;
    tpi_cnc_info_t info;
    char path[TP_DOCTOR_PATH + 16];
    const int rc = tpi_cnc_read(dir, &info);
    if (rc != TP_OK) {
        snprintf(out->cnc_text, sizeof out->cnc_text, "%s", tp_errmsg());
        snprintf(path, sizeof path, "%s/cnc.dat", dir);
        out->cnc = rc == TP_EACCES           ? TP_DOCTOR_CNC_FORBIDDEN
                   : rc != TP_ENOENT         ? TP_DOCTOR_CNC_FOREIGN
                   : access(path, F_OK) == 0 ? TP_DOCTOR_CNC_STARTING
                                             : TP_DOCTOR_CNC_NONE;
        return;
    }
    out->pid = info.pid;
    out->age_ms = info.age_ms;
    /* A pid that is not there proves nothing by itself: it may be of another container. */
    const bool is_gone =
        info.pid > 0 && info.pid <= INT32_MAX && kill((pid_t)info.pid, 0) != 0 && errno == ESRCH;
    if (tpi_cnc_check_alive(dir, &info, timeout_ns) != TP_OK) {
        snprintf(out->cnc_text, sizeof out->cnc_text, "%s", tp_errmsg());
        out->cnc = info.heartbeat_ms < 0    ? TP_DOCTOR_CNC_CLOSED
                   : info.heartbeat_ms == 0 ? TP_DOCTOR_CNC_STARTING
                                            : TP_DOCTOR_CNC_SILENT;
    } else if (is_gone && info.age_ms > late_ms) {
        snprintf(out->cnc_text, sizeof out->cnc_text,
                 "media driver in %.160s is silent for %lld ms, and its process %lld is gone", dir,
                 (long long)info.age_ms, (long long)info.pid);
        out->cnc = TP_DOCTOR_CNC_SILENT;
    } else {
        out->cnc = TP_DOCTOR_CNC_ALIVE;
    }
}

static void look_at_logs(tp_doctor_aeron_t *out, const char *dir)
{
    char path[TP_DOCTOR_PATH + 16];
    snprintf(path, sizeof path, "%s/publications", dir);
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    if (list == NULL) {
        if (errno != ENOENT) {
            tp_doctor_trouble(out->logs_trouble, path);
        }
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    int n = 0;
    for (struct dirent *entry; n < ENTRIES_MAX && (entry = readdir(list)) != NULL; n++) {
        struct stat info;
        if (fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode)) {
            out->nlogs++;
            out->logs_bytes += (uint64_t)info.st_size;
            out->logs_allocated_bytes += (uint64_t)info.st_blocks * 512;
        }
    }
    closedir(list);
}

void tp_doctor_look_aeron(tp_doctor_facts_t *facts, const char *aeron_dir)
{
    tp_doctor_aeron_t *out = &facts->aeron;
    tp_doctor_look_dir(&out->dir, aeron_dir);
    if (out->dir.trouble[0] != '\0') {
        return;
    }
    const char *fs = out->dir.exists ? out->dir.path : out->dir.above;
    tp_doctor_look_fs(&out->fs, fs[0] != '\0' ? fs : "/");
    if (!out->dir.exists || out->dir.is_dir) {
        look_at_cnc(out, out->dir.path);
    }
    look_at_process(out);
    if (out->dir.exists && out->dir.is_dir) {
        look_at_logs(out, out->dir.path);
    }
}

/* ---- what goes on ---- */

static void look_at_counters(tp_doctor_looked_t *looked, const tp_doctor_asked_t *asked)
{
    tp_doctor_live_t *live = &looked->facts.live;
    const char *dir = looked->facts.aeron.dir.path;
    if (looked->facts.aeron.cnc != TP_DOCTOR_CNC_ALIVE) {
        return; /* said already */
    }
    if (asked->interval_ns > 0) {
        tp_top_look(&looked->snapshots[0], dir, tp_now_ns());
        const int64_t due_ns = tp_now_ns() + asked->interval_ns;
        for (int64_t left; (left = due_ns - tp_now_ns()) > 0 && tp_stop_requested() == 0;) {
            poll(NULL, 0, left > 50000000 ? 50 : (int)(left / 1000000) + 1);
        }
    }
    tp_top_snapshot_t *now = &looked->snapshots[1];
    tp_top_look(now, dir, tp_now_ns());
    tp_top_compare(&looked->snapshots[0], NULL);
    tp_top_compare(now, asked->interval_ns > 0 ? &looked->snapshots[0] : NULL);
    if (!now->media_driver.is_readable || now->failed) {
        snprintf(live->trouble, sizeof live->trouble, "%s",
                 now->failed ? "out of memory" : now->media_driver.text);
        return;
    }
    live->now = now;
    live->before = asked->interval_ns > 0 && looked->snapshots[0].media_driver.is_readable
                       ? &looked->snapshots[0]
                       : NULL;
}

/* What the counters name is looked up in the epochs found: a path in a counter is a stranger's. */
static void match_activities(tp_doctor_facts_t *facts)
{
    tp_doctor_live_t *live = &facts->live;
    if (live->now == NULL || live->now->nstreams == 0 || facts->config.driver == NULL) {
        return;
    }
    live->activities = calloc(live->now->nstreams, sizeof *live->activities);
    for (size_t i = 0; live->activities != NULL && i < live->now->nstreams; i++) {
        const tp_top_stream_t *stream = &live->now->streams[i];
        if (!stream->has_counter) {
            continue;
        }
        tp_doctor_activity_t *activity = &live->activities[live->nactivities++];
        activity->stream_id = stream->stream_id;
        snprintf(activity->trouble, sizeof activity->trouble,
                 "its epoch %llu is not in shm.base_dir %.120s; expected the driver's --config or "
                 "--shm-dir",
                 (unsigned long long)stream->epoch, facts->base.path);
        for (size_t k = 0; k < facts->epochs.count; k++) {
            const tp_doctor_epoch_t *epoch = &facts->epochs.list[k];
            if (epoch->stream_id == stream->stream_id && epoch->number == stream->epoch &&
                epoch->has_superblock) {
                activity->activity_ns = epoch->activity_ns;
                activity->trouble[0] = '\0';
            }
        }
    }
}

static void find_aeron_dir(const tp_doctor_looked_t *looked, const tp_doctor_asked_t *asked,
                           char *out, size_t cap)
{
    const tp_driver_options_t *driver = looked->facts.config.driver;
    const char *said = driver != NULL && driver->aeron_dir != NULL && driver->aeron_dir[0] != '\0'
                           ? driver->aeron_dir
                           : asked->args->connection.aeron_dir;
    if (said != NULL) {
        snprintf(out, cap, "%s", said);
    } else if (tpi_default_aeron_dir(out, cap) != TP_OK) {
        out[0] = '\0';
    }
}

void tp_doctor_look(tp_doctor_looked_t *looked, const tp_doctor_asked_t *asked)
{
    tp_doctor_facts_t *facts = &looked->facts;
    char aeron_dir[TP_DOCTOR_PATH + 1];
    facts->uid = geteuid();
    tp_doctor_look_config(looked, asked);
    tp_doctor_look_dirs(facts);
    find_aeron_dir(looked, asked, aeron_dir, sizeof aeron_dir);
    tp_doctor_look_aeron(facts, aeron_dir);
    look_at_counters(looked, asked);
    tp_doctor_look_epochs(facts);
    facts->now_ns = tp_now_ns(); /* behind all stamps that were read */
    match_activities(facts);
    tp_doctor_look_host(facts);
}

void tp_doctor_looked_fini(tp_doctor_looked_t *looked)
{
    free(looked->facts.epochs.list);
    free(looked->facts.live.activities);
    tp_top_fini(&looked->snapshots[0]);
    tp_top_fini(&looked->snapshots[1]);
    tpi_config_free(looked->driver);
}
