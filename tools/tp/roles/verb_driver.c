/*
 * tools/tp/roles/verb_driver.c - `tp driver`: the SHM driver as a program, with a media driver in the same process if there is none yet.
 */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "config/config.h"
#include "driver/idle.h"
#include "roles/driver_discovery.h"
#include "roles/driver_env.h"
#include "roles/driver_print.h"
#include "roles/driver_supervisor.h"
#include "link/cnc.h"
#include "link/counters.h"
#include "link/resident.h"
#include "tensorpool/driver.h"
#include "tensorpool/media_driver.h"
#include "tp_common.h"
#include "tp_writer.h"
#include "verbs.h"

enum { OPT_EMBEDDED = TP_OPTION_FIRST, OPT_SHM_DIR, OPT_PRINT_CONFIG, OPT_PRINT_ENV };

static const tp_option_t options[] = {
    { 'c', "config", "FILE",
      "TOML configuration (without it: built-in defaults, see --print-config)" },
    { OPT_EMBEDDED, "embedded", NULL,
      "start a media driver in this process, do not look for a running one" },
    { OPT_SHM_DIR, "shm-dir", "DIR",
      "keep regions below DIR (shm.base_dir and shm.allowed_base_dirs)" },
    { OPT_PRINT_CONFIG, "print-config", NULL,
      "print what is in force and where each value came from, and exit" },
    { OPT_PRINT_ENV, "print-env", NULL,
      "print the variables by which clients find this driver, and exit" },
};

static const tp_spec_t spec = {
    .verb = "driver",
    .synopsis = "[--config FILE] [--embedded] [--aeron-dir DIR] [--shm-dir DIR] "
                "[--print-config | --print-env] [--json]",
    .about = "Run the SHM driver: it owns the region files, numbers epochs and hands out leases. "
             "It uses the media driver that\n"
             "runs in its Aeron directory; without one it starts Aeron's C media driver in its own "
             "process.",
    TP_SPEC_OPTIONS(options),
    .notes = "Values come from the file, then the environment (DRIVER_*, SHM_*, POLICIES_*, "
             "AERON_DIR, TP_CONTROL_CHANNEL,\n"
             "TP_CONTROL_STREAM_ID, LAUNCH_MEDIA_DRIVER, AGENT_TASK_CORE), then options; the later "
             "wins.\n"
             "With --json: one {\"event\":\"ready\",...} line when clients can attach, then "
             "draining and stopped.\n"
             "SIGTERM or SIGINT: tell clients, wait policies.shutdown_timeout_ms, stop; a second "
             "signal ends the wait.",
};

typedef struct daemon {
    const tp_args_t *args;
    const char *path; /* configuration file, NULL: built-in */
    tpi_config_t *config;
    char aeron_dir[PATH_MAX];
    bool is_embedded;
    tp_media_driver_t *media_driver;
    tp_driver_t *driver;
    tp_driver_supervisor_t supervisor;
    tp_driver_discovery_t discovery;
} daemon_t;

/* ---- configuration ---- */

static const char *environment(void *clientd, const char *name)
{
    (void)clientd;
    const char *value = getenv(name);
    if (value == NULL && strcmp(name, "USER") == 0) {
        /* Services often run without it. */
        const struct passwd *user = getpwuid(geteuid());
        return user != NULL ? user->pw_name : NULL;
    }
    return value;
}

/* Said whether or not logging is on: a mistyped key must not go unnoticed. */
static void on_config_warning(void *clientd, const char *text)
{
    (void)clientd;
    fprintf(stderr, "tp driver: warning: %s\n", text);
}

static int load_config(daemon_t *daemon, const char *aeron_dir, const char *shm_dir)
{
    char absolute[PATH_MAX];
    if (shm_dir != NULL && shm_dir[0] != '/') {
        char here[PATH_MAX / 2];
        if (getcwd(here, sizeof here) == NULL ||
            (size_t)snprintf(absolute, sizeof absolute, "%s/%s", here, shm_dir) >=
                sizeof absolute) {
            return tp_failed(&spec, "--shm-dir: '%s' has no absolute path", shm_dir);
        }
        shm_dir = absolute;
    }
    const tpi_config_source_t source = {
        .path = daemon->path,
        .getenv_fn = environment,
        .aeron_dir = aeron_dir,
        .shm_dir = shm_dir,
        .warn = on_config_warning,
    };
    const int rc = tpi_config_load(&daemon->config, &source);
    if (rc != TP_OK) {
        tp_failed(&spec, "%s", tp_errmsg());
        return rc == TP_ENOMEM ? TP_EXIT_FAILED : TP_EXIT_USAGE;
    }
    return TP_EXIT_OK;
}

/* ---- the media driver ---- */

/* Files of an embedded media driver follow the umask: whoever may open regions must be able to open those, nobody else. */
static void set_umask(uint32_t permissions_mode)
{
    const mode_t wanted = (mode_t)(permissions_mode | ((permissions_mode & 0444) >> 2));
    umask(0777 & ~wanted);
}

static int embed(daemon_t *daemon)
{
    tp_media_driver_options_t media = TP_MEDIA_DRIVER_OPTIONS_INIT;
    media.aeron_dir = daemon->aeron_dir;
    const int rc = tp_media_driver_create(&daemon->media_driver, &media);
    if (rc == TP_OK) {
        daemon->is_embedded = true;
        tp_log(TP_LOG_INFO, "driver", "media driver started in %s", daemon->aeron_dir);
    }
    return rc;
}

typedef struct sight {
    bool is_watching;
    int64_t heartbeat_ms;
} sight_t;

/*
 * Is a media driver there to be used? Its heartbeat must be seen to move (once a second by default). That it is fresh does not tell: after a kill it
 * stays so for seconds. Nor does the pid: a process just killed may still be there, and one in another container is not.
 */
static bool is_alive(const char *dir, sight_t *sight)
{
    tpi_cnc_info_t info;
    if (tpi_cnc_read(dir, &info) != TP_OK) {
        return false;
    }
    const bool has_moved =
        sight->is_watching && info.heartbeat_ms > 0 && info.heartbeat_ms != sight->heartbeat_ms;
    sight->is_watching = true;
    sight->heartbeat_ms = info.heartbeat_ms;
    return has_moved;
}

/* Starting one is refused (TP_EBUSY) as long as the heartbeat of a former one is too fresh to be sure; so try again. */
static int find_media_driver(daemon_t *daemon, bool must_embed)
{
    const int64_t patience_ns = 15000000000;
    const int64_t note_after_ns = 1500000000;
    const int64_t start_ns = tpi_monotonic_ns();
    sight_t sight = { .is_watching = false };
    bool noted = false;
    for (;;) {
        if (is_alive(daemon->aeron_dir, &sight)) {
            return must_embed ? tpi_fail(TP_EBUSY,
                                         "a media driver is running in %s already; leave "
                                         "--embedded out to use it",
                                         daemon->aeron_dir)
                              : TP_OK;
        }
        const int rc = embed(daemon);
        if (rc != TP_EBUSY || tp_stop_signals() != 0 ||
            tpi_monotonic_ns() - start_ns > patience_ns) {
            return rc;
        }
        if (!noted && tpi_monotonic_ns() - start_ns > note_after_ns) {
            fprintf(stderr,
                    "tp driver: the media driver of %s is gone, its heartbeat is fresh: waiting "
                    "some seconds to be sure\n",
                    daemon->aeron_dir);
            noted = true;
        }
        const struct timespec pause = { .tv_nsec = 50000000 };
        nanosleep(&pause, NULL);
    }
}

/* ---- running ---- */

static void on_driver_log(void *clientd, int level, const char *text)
{
    (void)clientd;
    tp_log(level, "driver", "%s", text);
}

static void pin(int core)
{
    cpu_set_t set;
    if (core < 0) {
        return;
    }
    CPU_ZERO(&set);
    CPU_SET((unsigned)core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        fprintf(stderr, "tp driver: warning: AGENT_TASK_CORE=%d: %s\n", core, strerror(errno));
    }
}

typedef struct watch {
    bool is_ready, is_draining, has_told_waiting;
    int64_t waiting_since_ns;
} watch_t;

/* Each change that a user or a supervising program wants to hear of. */
static void tell_state(const daemon_t *daemon, watch_t *watch,
                       const tp_driver_description_t *description)
{
    const int64_t patience_ns = 1000000000;
    const bool json = daemon->args->json;
    const tp_driver_state_t state = tp_driver_state(daemon->driver);
    if (state == TP_DRIVER_RUNNING && !watch->is_ready) {
        watch->is_ready = true;
        watch->has_told_waiting = false;
        if (daemon->is_embedded) {
            /* What start-up mapped and nobody uses: some 24 MiB of a resident 30. */
            (void)tpi_resident_release(daemon->aeron_dir);
        }
        tp_driver_print_ready(description, json);
    } else if (state == TP_DRIVER_DRAINING && !watch->is_draining) {
        watch->is_draining = true;
        tp_driver_print_draining(description, json);
    } else if (state == TP_DRIVER_INIT && watch->is_ready) {
        /* The media driver is lost: all leases are void, and a new ready will follow its return. */
        watch->is_ready = false;
        watch->waiting_since_ns = tpi_monotonic_ns();
    } else if (state == TP_DRIVER_INIT && !watch->has_told_waiting &&
               tpi_monotonic_ns() - watch->waiting_since_ns > patience_ns) {
        watch->has_told_waiting = true;
        tp_driver_print_waiting(tp_driver_reason(daemon->driver), json);
    }
}

static int run(daemon_t *daemon)
{
    const tp_driver_options_t *from = tpi_config_driver_options(daemon->config);
    tp_driver_options_t configured = *from;
    configured.aeron_dir = daemon->aeron_dir;
    configured.log = on_driver_log;
    configured.supervisor_assigns_streams = tp_driver_supervisor_assigns(&daemon->supervisor);
    int rc = tp_driver_create(&daemon->driver, &configured);
    if (rc != TP_OK) {
        tp_failed(&spec, "%s", tp_errmsg());
        return rc == TP_ECONFIG || rc == TP_EINVAL ? TP_EXIT_USAGE : TP_EXIT_FAILED;
    }
    int status = tp_driver_supervisor_start(&daemon->supervisor, &spec, &configured,
                                            daemon->aeron_dir, daemon->args->json);
    if (status == TP_EXIT_OK) {
        status = tp_driver_discovery_start(&daemon->discovery, &spec, &configured,
                                           daemon->aeron_dir, daemon->args->json);
    }
    if (status != TP_EXIT_OK) {
        return status;
    }
    pin(tpi_config_task_core(daemon->config));
    const tp_driver_description_t description = { .options = &configured,
                                                  .aeron_dir = daemon->aeron_dir,
                                                  .config_path = daemon->path,
                                                  .is_embedded = daemon->is_embedded };
    tp_output_unblock(); /* a reader who stands still must not cost everybody's leases */
    watch_t watch = { .waiting_since_ns = tpi_monotonic_ns() };
    int signals_seen = 0;
    uint32_t idle = 0;
    for (;;) {
        int work = tp_driver_do_work(daemon->driver);
        if (tp_driver_state(daemon->driver) == TP_DRIVER_STOPPED) {
            break;
        }
        tell_state(daemon, &watch, &description);
        /* The first begins the drain, the second ends the wait, more say nothing new. */
        for (const int signals = tp_stop_signals(); signals_seen < signals && signals_seen < 2;
             signals_seen++) {
            tp_driver_request_shutdown(daemon->driver, 0, "signal");
        }
        work += tp_driver_supervisor_do_work(&daemon->supervisor);
        work += tp_driver_discovery_do_work(&daemon->discovery);
        tpi_driver_idle(daemon->driver, &idle, work);
    }
    tp_driver_supervisor_stop(&daemon->supervisor);
    tp_driver_discovery_stop(&daemon->discovery);
    rc = tp_driver_result(daemon->driver);
    tp_driver_stats_t stats;
    tp_driver_stats(daemon->driver, &stats);
    (void)tp_writer_drain(1000000000);
    tp_driver_print_stopped(rc, tp_driver_reason(daemon->driver), &stats, daemon->args->json);
    tp_writer_stop(1000000000);
    if (rc != TP_OK) {
        return tp_failed(&spec, "%s: %s", tp_strerror(rc), tp_driver_reason(daemon->driver));
    }
    return TP_EXIT_OK;
}

static int find_aeron_dir(daemon_t *daemon)
{
    const tp_driver_options_t *from = tpi_config_driver_options(daemon->config);
    if (from->aeron_dir != NULL) {
        if (strlen(from->aeron_dir) >= sizeof daemon->aeron_dir) {
            return tp_failed(&spec, "driver.aeron_dir is longer than %zu bytes",
                             sizeof daemon->aeron_dir - 1);
        }
        memcpy(daemon->aeron_dir, from->aeron_dir, strlen(from->aeron_dir) + 1);
    } else if (tpi_default_aeron_dir(daemon->aeron_dir, sizeof daemon->aeron_dir) != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    return TP_EXIT_OK;
}

static int print_environment(daemon_t *daemon)
{
    tpi_interop_keys_t interop = { .config = NULL };
    const tpi_role_source_t source = { .path = daemon->path,
                                       .getenv_fn = environment,
                                       .warn = on_config_warning };
    const int status = find_aeron_dir(daemon);
    if (status != TP_EXIT_OK) {
        return status;
    }
    if (tpi_interop_keys_load(&interop, &source) != TP_OK) {
        tp_failed(&spec, "%s", tp_errmsg());
        return TP_EXIT_USAGE;
    }
    tp_driver_print_env(tpi_config_driver_options(daemon->config), &interop, daemon->aeron_dir,
                        daemon->args->json);
    tpi_interop_keys_free(&interop);
    return TP_EXIT_OK;
}

static int start(daemon_t *daemon, bool must_embed)
{
    const tp_driver_options_t *from = tpi_config_driver_options(daemon->config);
    const int status = find_aeron_dir(daemon);
    if (status != TP_EXIT_OK) {
        return status;
    }
    set_umask(from->permissions_mode);
    const int rc =
        find_media_driver(daemon, must_embed || tpi_config_launch_media_driver(daemon->config));
    if (rc != TP_OK) {
        return tp_stop_signals() != 0 ? TP_EXIT_OK : tp_failed(&spec, "%s", tp_errmsg());
    }
    return run(daemon);
}

int tp_verb_driver(int argc, char **argv)
{
    tp_args_t args;
    daemon_t daemon = { .args = &args };
    const char *shm_dir = NULL;
    const char *aeron_dir = NULL;
    bool must_embed = false;
    bool print_config = false;
    bool print_env = false;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        switch (id) {
        case 'c':
            daemon.path = args.value;
            break;
        case OPT_EMBEDDED:
            must_embed = true;
            break;
        case OPT_SHM_DIR:
            if (args.value[0] == '\0') {
                tp_args_wrong(&args, "option '--shm-dir' is empty");
            }
            shm_dir = args.value;
            break;
        case OPT_PRINT_CONFIG:
            print_config = true;
            break;
        case OPT_PRINT_ENV:
            print_env = true;
            break;
        default:
            break;
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional > 0) {
        return tp_args_wrong(
            &args, "unexpected argument '%s' (the configuration file goes behind --config)",
            args.positional[0]);
    }
    /* AERON_DIR is the configuration's business, which says where the value came from. */
    aeron_dir = args.has_aeron_dir_option ? args.connection.aeron_dir : NULL;
    int status = load_config(&daemon, aeron_dir, shm_dir);
    if (status != TP_EXIT_OK) {
        return status;
    }
    if (print_env) {
        status = print_environment(&daemon);
        tpi_config_free(daemon.config);
        return status;
    }
    status = tp_driver_supervisor_load(&daemon.supervisor, &spec, daemon.path, on_config_warning);
    if (status == TP_EXIT_OK) {
        status = tp_driver_discovery_load(&daemon.discovery, &spec, daemon.path, on_config_warning);
    }
    if (status != TP_EXIT_OK) {
        tp_driver_supervisor_free(&daemon.supervisor);
        tpi_config_free(daemon.config);
        return status;
    }
    tp_signals_install();
    tp_short_slices();
    if (print_config) {
        const tpi_role_config_t *const roles[] = {
            daemon.supervisor.is_configured ? daemon.supervisor.keys.config : NULL,
            daemon.discovery.is_configured ? daemon.discovery.keys.config : NULL,
        };
        const bool is_printed = tp_driver_print_config(
            daemon.config, roles, sizeof roles / sizeof roles[0], daemon.path, args.json);
        status = is_printed && tp_stop_requested() == 0 ? TP_EXIT_OK : TP_EXIT_FAILED;
    } else {
        status = start(&daemon, must_embed);
    }
    /* Clients before the media driver they use. */
    tp_driver_supervisor_free(&daemon.supervisor);
    tp_driver_discovery_free(&daemon.discovery);
    tp_driver_destroy(daemon.driver);
    tp_media_driver_destroy(daemon.media_driver);
    tpi_config_free(daemon.config);
    return status;
}
