/*
 * The SHM driver agent.
 *
 *   state     event                                   action                                              next
 *   INIT      link up, publications and               counters, timers                                    RUNNING
 *             subscription ready
 *   INIT      stop request                            -                                                   STOPPED
 *   RUNNING   stop request, local or remote           announce all, arm shutdown_timeout                  DRAINING
 *   RUNNING   link lost                               all leases void, no regions (D-82)                  INIT
 *   DRAINING  timer, second local request             ShmDriverShutdown, deadline 1 s                     FLUSHING
 *   DRAINING  link lost                               leases void                                         STOPPED
 *   RUNNING,  fatal failure (D-81)                    ShmDriverShutdown with ERROR, deadline 1 s          FLUSHING
 *   DRAINING
 *   FLUSHING  nothing left to send, deadline, loss    clean-up if configured                              STOPPED
 *
 * To users FLUSHING is the end of DRAINING. INIT lasts as long as there is no media driver: everything from before is void by then, and a driver that
 * comes back does so like a restarted one, with new epochs (D-84).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "base/fail.h"
#include "base/idle.h"
#include "driver/idle.h"
#include "driver/internal.h"

/* ---- small things ---- */

void tpi_driver_log(tp_driver_t *d, int level, const char *format, ...)
{
    if (d->config.log == NULL) {
        return;
    }
    char text[TPI_DRIVER_TEXT * 2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    d->config.log(d->config.log_clientd, level, text);
}

static void void_everything(tp_driver_t *d)
{
    tpi_driver_void_leases(d);
    tpi_provision_void(d);
    tpi_streams_void(d);
    tpi_outbox_clear(&d->control_out);
    tpi_outbox_clear(&d->announce_out_own);
}

/* ---- states ---- */

static void enter_draining(tp_driver_t *d)
{
    tpi_streams_announce_all(d); /* Rule: D-77 */
    (void)snprintf(d->reason, sizeof(d->reason), "%.*s", TPI_DRIVER_TEXT - 1, d->stop_text);
    d->deadline_ns = d->now_ns + d->config.shutdown_timeout_ns;
    tpi_driver_log(d, TPI_LOG_INFO, "draining");
}

static void enter_flushing(tp_driver_t *d)
{
    tpi_provision_answer_detaches(d);
    tpi_send_shutdown(d, d->stop_reason, d->stop_text); /* Rule: D-77, D-78, D-81 */
    d->deadline_ns = d->now_ns + TPI_DRIVER_FLUSH_NS;
}

static void enter_stopped(tp_driver_t *d)
{
    tpi_provision_join(d);
    void_everything(d);
    if (d->config.cleanup_on_exit && d->result == TP_OK) { /* Rule: D-81, D-92 */
        tpi_collect_at_exit(d);
    }
    tpi_driver_log(d, TPI_LOG_INFO, "stopped");
}

static void enter(tp_driver_t *d, tpi_driver_phase_t phase)
{
    d->phase = phase;
    switch (phase) {
    case TPI_DRIVER_INIT_PHASE:
        void_everything(d); /* Rule: D-82, D-84 */
        break;
    case TPI_DRIVER_RUNNING_PHASE:
        d->generation = tpi_link_generation(d->link);
        d->busy_ns = 0;
        d->unready_since_ns = INT64_MIN;
        d->reason[0] = d->logged_reason[0] = '\0';
        tpi_driver_counters_init(d);
        tpi_driver_log(d, TPI_LOG_INFO,
                       "running: control %s stream %d, announces %s stream %d, files below %s",
                       d->config.control_channel, d->config.control_stream_id,
                       d->config.announce_channel, d->config.announce_stream_id, d->store.base);
        break;
    case TPI_DRIVER_DRAINING_PHASE:
        enter_draining(d);
        break;
    case TPI_DRIVER_FLUSHING_PHASE:
        enter_flushing(d);
        break;
    case TPI_DRIVER_STOPPED_PHASE:
        enter_stopped(d);
        break;
    }
}

void tpi_driver_fail(tp_driver_t *d, int code, const char *text)
{
    if (d->result != TP_OK || d->phase == TPI_DRIVER_FLUSHING_PHASE ||
        d->phase == TPI_DRIVER_STOPPED_PHASE) {
        return;
    }
    d->result = code;
    (void)snprintf(d->reason, sizeof(d->reason), "%s", text);
    d->stop_reason = TPI_SHUTDOWN_ERROR;
    (void)snprintf(d->stop_text, sizeof(d->stop_text), "%s", text);
    tpi_driver_log(d, TPI_LOG_ERROR, "fatal: %s", text);
    enter(d, TPI_DRIVER_FLUSHING_PHASE);
}

/* ---- the duty cycle ---- */

enum {
    BUSY_PARTS = 16
}; /* duty cycles without an end of input before anything may expire all the same, at least */

/*
 * The one other read of the clock: a duty cycle that was given much to do ends in time, and the rest is the next one's. Each kind of work gets at
 * least one small piece done per cycle, so that none starves. Protocol time is now_ns alone (D-20), and with a stepped clock the counts in internal.h are the
 * only bounds.
 */
bool tpi_driver_has_time(const tp_driver_t *d)
{
    return d->config.clock(d->config.clock_clientd) - d->now_ns < TPI_DRIVER_BUDGET_NS;
}

static bool is_connected(const tp_driver_t *d)
{
    return tpi_link_state(d->link) == TPI_LINK_UP && tpi_publication_is_ready(d->control_pub) &&
           tpi_publication_is_ready(d->announce_pub) && tpi_subscription_is_ready(d->control_sub);
}

/** Why INIT lasts, kept for tp_driver_reason and logged when it changes. */
static void explain_init(tp_driver_t *d)
{
    const char *texts[] = { tpi_link_state(d->link) == TPI_LINK_UP ? "" : tpi_link_error(d->link),
                            tpi_publication_error(d->control_pub),
                            tpi_publication_error(d->announce_pub),
                            tpi_subscription_error(d->control_sub) };
    const char *text = "";
    for (size_t i = 0; i < 4 && text[0] == '\0'; i++) {
        text = texts[i];
    }
    if (text[0] == '\0') {
        text = tpi_link_state(d->link) == TPI_LINK_UP ? "connecting" : "no media driver yet";
    }
    (void)snprintf(d->reason, sizeof(d->reason), "%s", text);
    if (strcmp(d->reason, d->logged_reason) != 0) {
        memcpy(d->logged_reason, d->reason, sizeof(d->reason));
        tpi_driver_log(d, TPI_LOG_INFO, "waiting: %s", d->reason);
    }
}

/**
 * Rule: D-50 - read what there is. *out_drained: nothing is left. Before leases are ended the second empty poll counts: a poll ends at the end of a
 * term, and what goes on in the next one comes with the next poll.
 */
static int poll_input(tp_driver_t *d, bool *out_drained)
{
    const int wanted = tpi_leases_has_check(&d->leases, d->now_ns) ? 2 : 1;
    int work = 0;
    int empty = 0;
    for (int i = 0; i < TPI_DRIVER_POLLS && empty < wanted && (i == 0 || tpi_driver_has_time(d));
         i++) {
        const int n =
            tpi_subscription_poll(d->control_sub, tpi_driver_on_message, d, TPI_DRIVER_POLL_LIMIT);
        empty = n == 0 ? empty + 1 : 0;
        work += n;
    }
    *out_drained = empty >= wanted;
    return work;
}

/**
 * Input that never ends, a flood, may delay expiry by one lease duration and no more. Rule: D-50 - what counts is time in which the driver read: it
 * may be stopped or descheduled at any point, also between its looks at the clock, and has a backlog to read then. So a cycle counts
 * for a small part of the lease duration at most.
 */
static bool may_expire(tp_driver_t *d, bool drained)
{
    if (drained) {
        d->busy_ns = 0;
        return true;
    }
    const int64_t most_ns = d->config.lease_duration_ns / BUSY_PARTS;
    d->busy_ns += d->cycle_ns < most_ns ? d->cycle_ns : most_ns;
    return d->busy_ns >= d->config.lease_duration_ns;
}

/* Rule: D-19, D-81 - the link makes closed publications anew; when that fails for long, nothing here
 * can be done about it. Longer than Aeron's linger, behind which another term length waits. */
static void check_endpoints(tp_driver_t *d)
{
    if (is_connected(d)) {
        d->unready_since_ns = INT64_MIN;
    } else if (d->unready_since_ns == INT64_MIN) {
        d->unready_since_ns = d->now_ns;
    } else if (d->now_ns - d->unready_since_ns >= TPI_DRIVER_UNREADY_NS) {
        explain_init(d);
        char text[TPI_DRIVER_TEXT];
        memcpy(text, d->reason, sizeof(text));
        tpi_driver_fail(d, TP_EAERON, text);
    }
}

static int flush(tp_driver_t *d)
{
    int work = tpi_outbox_flush(&d->control_out, d->now_ns, TPI_DRIVER_SENDS);
    if (d->announce_out != &d->control_out) {
        work += tpi_outbox_flush(d->announce_out, d->now_ns, TPI_DRIVER_SENDS);
    }
    return work;
}

/* Rule: D-77, D-80 */
static int check_stop(tp_driver_t *d)
{
    if (d->phase == TPI_DRIVER_RUNNING_PHASE && d->stop_requests > 0) {
        enter(d, TPI_DRIVER_DRAINING_PHASE);
    }
    if (d->phase == TPI_DRIVER_DRAINING_PHASE &&
        (d->stop_requests > 1 || d->now_ns - d->deadline_ns >= 0)) {
        enter(d, TPI_DRIVER_FLUSHING_PHASE);
        return 1;
    }
    return 0;
}

static bool is_serving(const tp_driver_t *d)
{
    return d->phase == TPI_DRIVER_RUNNING_PHASE || d->phase == TPI_DRIVER_DRAINING_PHASE;
}

static int serve(tp_driver_t *d)
{
    bool drained = false;
    check_endpoints(d);
    int work = flush(d); /* what waits goes first */
    if (!is_serving(d)) {
        return work;
    }
    work += tpi_provision_poll(d);
    work += is_serving(d) ? tpi_driver_run_parked(d) : 0;
    work += is_serving(d) ? poll_input(d, &drained) : 0;
    if (is_serving(d) && may_expire(d, drained)) {
        work += tpi_driver_expire(d);
    }
    if (is_serving(d)) {
        work += tpi_streams_announce_due(d);
        work += tpi_streams_tick(d);
        work += check_stop(d);
    }
    return work;
}

static bool is_lost(const tp_driver_t *d)
{
    return tpi_link_state(d->link) != TPI_LINK_UP || tpi_link_generation(d->link) != d->generation;
}

static int work_phase(tp_driver_t *d)
{
    switch (d->phase) {
    case TPI_DRIVER_INIT_PHASE:
        (void)tpi_provision_poll(d); /* jobs of before a loss end here */
        if (d->stop_requests > 0) {
            enter(d, TPI_DRIVER_STOPPED_PHASE);
            return 1;
        }
        if (!is_connected(d)) {
            explain_init(d);
            return 0;
        }
        enter(d, TPI_DRIVER_RUNNING_PHASE);
        return 1;
    case TPI_DRIVER_RUNNING_PHASE:
        if (is_lost(d)) {
            tpi_driver_log(d, TPI_LOG_ERROR, "media driver lost: all leases are void: %s",
                           tpi_link_error(d->link));
            enter(d, TPI_DRIVER_INIT_PHASE);
            return 1;
        }
        return serve(d);
    case TPI_DRIVER_DRAINING_PHASE:
        if (is_lost(d)) {
            enter(d, TPI_DRIVER_STOPPED_PHASE);
            return 1;
        }
        return serve(d);
    case TPI_DRIVER_FLUSHING_PHASE: {
        const int work = flush(d);
        const bool is_flushed =
            tpi_outbox_is_empty(&d->control_out) && tpi_outbox_is_empty(d->announce_out);
        if (is_flushed || is_lost(d) || d->now_ns - d->deadline_ns >= 0) {
            enter(d, TPI_DRIVER_STOPPED_PHASE);
        }
        return work + 1;
    }
    case TPI_DRIVER_STOPPED_PHASE:
        break;
    }
    return 0;
}

int tp_driver_do_work(tp_driver_t *driver)
{
    tp_driver_t *d = driver;
    if (d == NULL || d->phase == TPI_DRIVER_STOPPED_PHASE) {
        return 0;
    }
    const int64_t before_ns = d->now_ns;
    d->now_ns = d->config.clock(d->config.clock_clientd); /* Rule: D-20 - once per duty cycle */
    d->cycle_ns = d->now_ns - before_ns;
    int work = tpi_link_do_work(d->link, d->now_ns);
    work += work_phase(d);
    d->stats.duty_cycles++;
    d->stats.work += (uint64_t)work;
    tpi_driver_counters_update(d);
    return work;
}

void tpi_driver_idle(tp_driver_t *driver, uint32_t *state, int work)
{
    const long ns = tpi_idle_step(state, work);
    if (ns > 0) {
        tpi_helpers_doze(&driver->helpers, ns);
    }
}

/* ---- making ---- */

static int make_tables(tp_driver_t *d)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed)) {
        seed = (uint64_t)(uintptr_t)d ^ (uint64_t)d->config.clock(d->config.clock_clientd);
    }
    const tpi_driver_config_t *config = &d->config;
    const int64_t realtime = config->realtime_clock(config->clock_clientd);
    tpi_leases_init(&d->leases, realtime > 0 ? (uint64_t)realtime : 1, seed); /* Rule: D-40 */
    tpi_map_init(&d->streams, seed);
    tpi_map_init(&d->node_ids, seed);
    tpi_map_init(&d->parked_clients, seed);
    tpi_map_init(&d->job_clients, seed);
    tpi_id_range_init(&d->stream_ids, config->stream_id_range.first, config->stream_id_range.last,
                      seed);
    tpi_id_range_init(&d->descriptor_ids, config->descriptor_stream_id_range.first,
                      config->descriptor_stream_id_range.last, seed);
    tpi_id_range_init(&d->control_ids, config->control_stream_id_range.first,
                      config->control_stream_id_range.last, seed);
    d->next_node_id = 1;
    d->scratch_size =
        tpi_wire_announce_bound(TPI_MAX_POOLS, TPI_REGION_PATH_MAX) + TPI_MAX_ERROR_MESSAGE;
    d->scratch = malloc(d->scratch_size);
    if (d->scratch == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for the driver's tables");
    }
    return tpi_streams_init(d);
}

static int add_endpoints(tp_driver_t *d)
{
    const tpi_driver_config_t *config = &d->config;
    /* Exclusive: a shared publication has one session for all its clients, and then nobody could tell
     * this driver's session from theirs, or see it end (D-83). */
    int rc = tpi_link_add_publication(d->link, &d->control_pub, config->control_channel,
                                      config->control_stream_id, true);
    rc = rc != TP_OK ? rc
                     : tpi_link_add_subscription(d->link, &d->control_sub, config->control_channel,
                                                 config->control_stream_id, NULL, NULL);
    if (rc != TP_OK) {
        return rc;
    }
    tpi_outbox_init(&d->control_out, d->control_pub);
    d->announce_pub = d->control_pub;
    d->announce_out = &d->control_out;
    if (config->announce_stream_id != config->control_stream_id ||
        strcmp(config->announce_channel, config->control_channel) != 0) {
        d->announce_pub = NULL;
        rc = tpi_link_add_publication(d->link, &d->announce_pub, config->announce_channel,
                                      config->announce_stream_id, true);
        tpi_outbox_init(&d->announce_out_own, d->announce_pub);
        d->announce_out = &d->announce_out_own;
    }
    return rc;
}

/** What is legal and still likely not meant. */
static void warn(tp_driver_t *d)
{
    const tpi_driver_config_t *config = &d->config;
    struct rlimit limit;
    if (config->allow_dynamic_streams && config->stream_id_range.first == 0) { /* Rule: D-106 */
        tpi_driver_log(
            d, TPI_LOG_WARN,
            "policies.allow_dynamic_streams without driver.stream_id_range: no stream can be made");
    }
    if ((config->file_mode & 07) != 0) {
        tpi_driver_log(d, TPI_LOG_WARN,
                       "shm.permissions_mode %o: open to everybody; readers may refuse such files",
                       config->file_mode);
    }
    for (size_t i = 0; i < config->nprofiles; i++) {
        if (config->profiles[i].npools > 16) { /* Rule: D-89 */
            tpi_driver_log(d, TPI_LOG_WARN, "profiles.%s: %zu pools; some clients keep 16",
                           config->profiles[i].name, config->profiles[i].npools);
        }
        if (config->mlock && getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
            limit.rlim_cur < config->profiles[i].total_bytes) {
            tpi_driver_log(
                d, TPI_LOG_WARN,
                "policies.mlock_shm: profiles.%s needs %llu bytes, RLIMIT_MEMLOCK is %llu",
                config->profiles[i].name, (unsigned long long)config->profiles[i].total_bytes,
                (unsigned long long)limit.rlim_cur);
        }
    }
    for (size_t i = 0; i < config->nstreams; i++) { /* P-6: separate spaces, easily confused */
        const uint32_t id = config->streams[i].stream_id;
        if (id == (uint32_t)config->control_stream_id ||
            id == (uint32_t)config->announce_stream_id || id == (uint32_t)config->qos_stream_id) {
            tpi_driver_log(d, TPI_LOG_DEBUG,
                           "streams.%s.stream_id %u is an Aeron stream id of the driver, too",
                           config->streams[i].name, id);
        }
    }
}

int tpi_driver_create_with_link(tp_driver_t **out, const tp_driver_options_t *options,
                                tpi_link_t *link)
{
    tp_driver_t *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for a driver");
    }
    d->store.base_fd = -1;
    d->unready_since_ns = INT64_MIN;
    d->link = link;
    d->collecting.generation = 1;
    tpi_helpers_init(&d->helpers);
    int rc = tpi_driver_config_init(&d->config, options);
    rc = rc != TP_OK ? rc : tpi_store_open(&d->store, &d->config);
    rc = rc != TP_OK ? rc : make_tables(d);
    rc = rc != TP_OK ? rc : add_endpoints(d);
    if (rc != TP_OK) {
        tp_driver_destroy(d);
        return rc;
    }
    d->now_ns = d->config.clock(d->config.clock_clientd);
    warn(d);
    tpi_collect_at_start(d);
    *out = d;
    return TP_OK;
}

void tpi_driver_own_link(tp_driver_t *driver)
{
    driver->owns_link = true;
}

void tp_driver_destroy(tp_driver_t *driver)
{
    tp_driver_t *d = driver;
    if (d == NULL) {
        return;
    }
    tpi_provision_join(d);
    void_everything(d);
    tpi_provision_join(d); /* what that gave them */
    tpi_helpers_fini(&d->helpers);
    tpi_driver_counters_fini(d);
    if (d->announce_pub != d->control_pub) {
        tpi_publication_close(d->announce_pub);
    }
    tpi_publication_close(d->control_pub);
    if (d->control_sub != NULL) {
        tpi_subscription_close(d->control_sub);
    }
    if (d->owns_link) {
        tpi_link_destroy(d->link);
    }
    tpi_streams_fini(d);
    tpi_leases_fini(&d->leases);
    tpi_map_fini(&d->node_ids);
    tpi_map_fini(&d->parked_clients);
    tpi_map_fini(&d->job_clients);
    tpi_id_range_fini(&d->stream_ids);
    tpi_id_range_fini(&d->descriptor_ids);
    tpi_id_range_fini(&d->control_ids);
    tpi_store_close(&d->store);
    tpi_driver_config_fini(&d->config);
    free(d->scratch);
    free(d);
}

/* ---- what the public header adds ---- */

tp_driver_state_t tp_driver_state(const tp_driver_t *driver)
{
    switch (driver->phase) {
    case TPI_DRIVER_INIT_PHASE:
        return TP_DRIVER_INIT;
    case TPI_DRIVER_RUNNING_PHASE:
        return TP_DRIVER_RUNNING;
    case TPI_DRIVER_DRAINING_PHASE:
    case TPI_DRIVER_FLUSHING_PHASE:
        return TP_DRIVER_DRAINING;
    case TPI_DRIVER_STOPPED_PHASE:
        break;
    }
    return TP_DRIVER_STOPPED;
}

int tp_driver_result(const tp_driver_t *driver)
{
    return driver->result;
}

const char *tp_driver_reason(const tp_driver_t *driver)
{
    return driver->reason;
}

/* Rule: D-80 */
void tp_driver_request_shutdown(tp_driver_t *driver, uint8_t reason, const char *text)
{
    if (driver->stop_requests == 0) {
        driver->stop_reason = reason <= TPI_SHUTDOWN_ERROR ? reason : TPI_SHUTDOWN_NORMAL;
        (void)snprintf(driver->stop_text, sizeof(driver->stop_text), "%s",
                       text == NULL ? "" : text); /* Rule: D-17 */
    }
    driver->stop_requests++;
}

/* Rule: D-60 */
int tp_driver_revoke(tp_driver_t *driver, uint64_t lease_id, const char *text)
{
    tpi_lease_t *lease = tpi_leases_find_id(&driver->leases, lease_id);
    if (lease == NULL) {
        return tpi_fail(TP_ENOENT, "lease %llu is not live", (unsigned long long)lease_id);
    }
    driver->now_ns = driver->config.clock(driver->config.clock_clientd);
    (void)tpi_driver_end_lease(driver, lease, TPI_LEASE_IS_REVOKED, text == NULL ? "" : text);
    return TP_OK;
}

void tp_driver_stats(const tp_driver_t *driver, tp_driver_stats_t *out_stats)
{
    const tp_driver_t *d = driver;
    *out_stats = d->stats;
    out_stats->leases_live = d->leases.count;
    out_stats->response_drops = 0;
    for (int kind = 0; kind < TPI_OUT_KINDS; kind++) {
        if (kind != TPI_OUT_ANNOUNCE) {
            out_stats->response_drops += d->control_out.dropped[kind];
        }
    }
    out_stats->announce_drops = d->announce_out->dropped[TPI_OUT_ANNOUNCE];
}
