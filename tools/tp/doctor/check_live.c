/*
 * tools/tp/doctor/check_live.c - epochs, clocks, live: what is on disk and what goes on.
 */
#include <stdio.h>
#include <string.h>

#include "doctor/checks.h"

#define SECOND INT64_C(1000000000)

/* ---- epochs ---- */

static bool is_configured(const tp_driver_options_t *driver, uint32_t stream_id)
{
    for (size_t i = 0; i < driver->nstreams; i++) {
        if (driver->streams[i].stream_id == stream_id) {
            return true;
        }
    }
    return driver->allow_dynamic_streams && driver->stream_id_range.first != 0 &&
           stream_id >= driver->stream_id_range.first && stream_id <= driver->stream_id_range.last;
}

static bool is_of_same(const tp_doctor_epoch_t *a, const tp_doctor_epoch_t *b)
{
    return a->stream_id == b->stream_id && strcmp(a->instance, b->instance) == 0;
}

/* Gone: no process, and nothing has happened for a while. A time in the future is one of before a
 * reboot. */
static bool is_gone(const tp_doctor_facts_t *facts, const tp_doctor_epoch_t *epoch)
{
    const int64_t silence_ns = tp_doctor_silence_ns(facts);
    if (!epoch->has_superblock) {
        return epoch->dir_age_ns > silence_ns; /* else perhaps in the making */
    }
    if (epoch->pid_alive) {
        return false;
    }
    const uint64_t now = (uint64_t)facts->now_ns;
    return epoch->activity_ns > now || now - epoch->activity_ns > (uint64_t)silence_ns;
}

/* How many of this stream's and instance's are newer. */
static size_t rank_of(const tp_doctor_epochs_t *epochs, size_t index)
{
    size_t rank = 0;
    for (size_t i = index + 1;
         i < epochs->count && is_of_same(&epochs->list[i], &epochs->list[index]); i++) {
        rank++; /* the list goes up */
    }
    return rank;
}

typedef struct heap {
    size_t count;
    uint64_t bytes;
    char first[160];
    char command[1300];
    bool is_cut; /* not all of them are in the command */
} heap_t;

static void put(heap_t *heap, const char *base, const tp_doctor_epoch_t *epoch)
{
    char path[TP_DOCTOR_PATH + 160];
    char word[TP_DOCTOR_WORD];
    const size_t used = strlen(heap->command);
    heap->count++;
    heap->bytes += epoch->allocated_bytes;
    snprintf(path, sizeof path, "%s/stream-%u/%s/epoch-%llu", base, epoch->stream_id,
             epoch->instance, (unsigned long long)epoch->number);
    if (heap->count == 1) {
        snprintf(heap->first, sizeof heap->first, "stream-%u/%.60s/epoch-%llu", epoch->stream_id,
                 epoch->instance, (unsigned long long)epoch->number);
    }
    tp_doctor_word(word, path);
    if (word[0] == '\0' || used + strlen(word) + 10 > sizeof heap->command) {
        heap->is_cut = true;
        return;
    }
    snprintf(heap->command + used, sizeof heap->command - used, "%s %s", used == 0 ? "rm -r" : "",
             word);
}

static void say_heap(tp_doctor_report_t *report, const heap_t *heap, tp_doctor_severity_t severity,
                     const char *why, const char *expected)
{
    char a[TP_DOCTOR_SIZE];
    if (heap->count == 0) {
        return;
    }
    tp_doctor_finding_t *f = tp_doctor_find(
        report, severity, "%zu epochs hold %s and their process is gone, %s: %s%s", heap->count,
        tp_doctor_size(a, heap->bytes), why, heap->first, heap->count > 1 ? " and others" : "");
    tp_doctor_expected(f, "%s%s", expected,
                       heap->is_cut ? "; the command has some of them, ask again after it" : "");
    if (heap->command[0] != '\0') {
        tp_doctor_command(f, "%s", heap->command);
    }
}

static void judge_epochs(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_driver_options_t *driver = facts->config.driver;
    const size_t keep = driver->epoch_gc_keep > 0 ? driver->epoch_gc_keep : 2;
    heap_t orphans = { 0 };
    heap_t surplus = { 0 };
    heap_t kept = { 0 };
    size_t nlive = 0;
    for (size_t i = 0; i < facts->epochs.count; i++) {
        const tp_doctor_epoch_t *epoch = &facts->epochs.list[i];
        if (!is_gone(facts, epoch)) {
            nlive++;
            continue;
        }
        const bool is_ours = driver->instance_id != NULL &&
                             strcmp(epoch->instance, driver->instance_id) == 0 &&
                             is_configured(driver, epoch->stream_id);
        if (!is_ours) {
            put(&orphans, facts->base.path, epoch);
        } else if (driver->no_epoch_gc || rank_of(&facts->epochs, i) >= keep) {
            put(&surplus, facts->base.path, epoch);
        } else {
            put(&kept, facts->base.path, epoch);
        }
    }
    say_heap(report, &orphans, TP_DOCTOR_WARNING, "of streams or instances that are not configured",
             "none: no driver collects them");
    say_heap(report, &surplus, TP_DOCTOR_WARNING, "more than policies.epoch_gc_keep",
             driver->no_epoch_gc ? "policies.epoch_gc_enabled = true, or somebody who removes them"
             : driver->epoch_gc_on_startup
                 ? "that the driver collects them when it starts"
                 : "policies.epoch_gc_on_startup = true: collected when the driver starts");
    say_heap(report, &kept, TP_DOCTOR_NOTE, "as policies.epoch_gc_keep wants it",
             "the driver replaces them as producers come");
    if (orphans.count + surplus.count + kept.count == 0) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "%zu epochs, none without its process", nlive);
    }
}

void tp_doctor_check_epochs(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_epochs_t *epochs = &facts->epochs;
    if (facts->config.driver == NULL) {
        (void)tp_doctor_blind(report, "there is no valid configuration", facts->config.trouble);
        return;
    }
    if (tp_doctor_blind(report, "epochs", epochs->trouble)) {
        return;
    }
    judge_epochs(report, facts);
    if (epochs->odd > 0) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING, "%llu entries of %s are not what their names say, as %s",
            (unsigned long long)epochs->odd, facts->base.path, epochs->odd_path);
        tp_doctor_expected(f, "directories stream-N/INSTANCE/epoch-N with region files, no links");
    }
    if (epochs->skipped > 0) {
        (void)tp_doctor_find(report, TP_DOCTOR_NOTE, "%llu more epochs were not looked at",
                             (unsigned long long)epochs->skipped);
    }
}

/* ---- clocks ---- */

static void judge_future(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    size_t nlive = 0;
    size_t ndead = 0;
    const tp_doctor_epoch_t *first = NULL;
    for (size_t i = 0; i < facts->epochs.count; i++) {
        const tp_doctor_epoch_t *epoch = &facts->epochs.list[i];
        const uint64_t latest = (uint64_t)facts->now_ns + (uint64_t)SECOND;
        if (!epoch->has_superblock || epoch->activity_ns <= latest) {
            continue;
        }
        if (epoch->pid_alive) {
            nlive++;
            first = first == NULL ? epoch : first;
        } else {
            ndead++;
        }
    }
    if (nlive > 0) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING,
            "%zu epochs of running processes were active in the future, as epoch %llu of stream %u "
            "(pid %llu), %.1f s ahead",
            nlive, (unsigned long long)first->number, first->stream_id,
            (unsigned long long)first->pid,
            (double)(first->activity_ns - (uint64_t)facts->now_ns) / 1e9);
        tp_doctor_expected(f, "one CLOCK_MONOTONIC for all: this file comes from another machine "
                              "or time namespace, or from before a reboot");
    }
    if (ndead > 0) {
        (void)tp_doctor_find(report, TP_DOCTOR_NOTE,
                             "%zu epochs without a process were active in the future: from before "
                             "a reboot",
                             ndead);
    }
}

void tp_doctor_check_clocks(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    static const char *const fast[] = { "tsc", "kvm-clock", "arch_sys_counter",
                                        "hyperv_clocksource_tsc_page" };
    const tp_doctor_clocks_t *clocks = &facts->clocks;
    bool is_fast = false;
    judge_future(report, facts);
    if (!tp_doctor_blind(report, "clock source", clocks->trouble)) {
        for (size_t i = 0; i < sizeof fast / sizeof fast[0]; i++) {
            is_fast = is_fast || strcmp(clocks->source, fast[i]) == 0;
        }
        if (is_fast) {
            (void)tp_doctor_find(report, TP_DOCTOR_OK, "clock source: %s", clocks->source);
        } else {
            tp_doctor_finding_t *f =
                tp_doctor_find(report, TP_DOCTOR_NOTE, "the clock source is %s", clocks->source);
            tp_doctor_expected(f, "tsc: with others a look at the clock can be a system call");
            if (clocks->has_tsc) {
                tp_doctor_command(f, "echo tsc > /sys/devices/system/clocksource/clocksource0/"
                                     "current_clocksource");
            }
        }
    }
    if (tp_doctor_blind(report, "time synchronization", clocks->sync_trouble)) {
        return;
    }
    if (clocks->is_synchronized) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "the time is synchronized, within some %lld us",
                             (long long)clocks->error_us);
    } else {
        tp_doctor_finding_t *f =
            tp_doctor_find(report, TP_DOCTOR_NOTE, "the kernel says its time is not synchronized");
        tp_doctor_expected(f, "NTP or PTP, where realtime stamps of frames are compared between "
                              "hosts; nothing on one host needs it");
        tp_doctor_command(f, "timedatectl set-ntp true");
    }
}

/* ---- live ---- */

static const tp_top_client_t *earlier(const tp_top_snapshot_t *before, const tp_top_client_t *now)
{
    for (size_t i = 0; before != NULL && i < before->nclients; i++) {
        const tp_top_client_t *c = &before->clients[i];
        if (c->stream_id == now->stream_id && c->client_id == now->client_id &&
            c->is_producer == now->is_producer) {
            return c;
        }
    }
    return NULL;
}

static const char *const causes[TP_DROP_CAUSES] = {
#define CAUSE_NAME(NAME, name) #name,
    TP_DROP_LIST(CAUSE_NAME)
#undef CAUSE_NAME
};

static uint64_t drops_of(const tp_top_client_t *client)
{
    uint64_t drops = 0;
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        const int64_t n = tp_top_drops(client, (tp_drop_cause_t)i);
        drops += n > 0 && n < INT64_MAX / 16 ? (uint64_t)n : 0;
    }
    return drops;
}

static void judge_drops(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                        const tp_top_client_t *client)
{
    const uint64_t accepted = client->values[0] > 0 ? (uint64_t)client->values[0] : 0;
    const uint64_t drops = drops_of(client);
    if (drops <= (accepted + drops) / 1000) {
        return;
    }
    const tp_top_client_t *was = earlier(facts->live.before, client);
    const bool goes_on = was == NULL || drops_of(was) < drops;
    int worst = 0;
    for (int i = 1; i < TP_DROP_CAUSES; i++) {
        if (tp_top_drops(client, (tp_drop_cause_t)i) >
            tp_top_drops(client, (tp_drop_cause_t)worst)) {
            worst = i;
        }
    }
    tp_doctor_finding_t *f = tp_doctor_find(
        report, goes_on ? TP_DOCTOR_WARNING : TP_DOCTOR_NOTE,
        "consumer %u of stream %u lost %llu of %llu frames since it began, %.2f %%, most by cause "
        "%s%s",
        client->client_id, client->stream_id, (unsigned long long)drops,
        (unsigned long long)(accepted + drops), 100.0 * (double)drops / (double)(accepted + drops),
        causes[worst], goes_on ? "" : "; none right now");
    tp_doctor_expected(f, "0.10 %% at most");
    char rest[48];
    snprintf(rest, sizeof rest, "--stream %u --verify", client->stream_id);
    tp_doctor_tp(f, facts, "sub", rest);
}

static const tp_top_stream_t *stream_of(const tp_top_snapshot_t *snapshot, uint32_t stream_id)
{
    for (size_t i = 0; i < snapshot->nstreams; i++) {
        if (snapshot->streams[i].stream_id == stream_id) {
            return &snapshot->streams[i];
        }
    }
    return NULL;
}

static void judge_lag(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                      const tp_top_client_t *client)
{
    const tp_top_stream_t *stream = stream_of(facts->live.now, client->stream_id);
    if (!client->has_lag || stream == NULL || stream->nslots == 0 ||
        client->lag < stream->nslots / 2) {
        return;
    }
    tp_doctor_finding_t *f = tp_doctor_find(
        report, TP_DOCTOR_WARNING, "consumer %u of stream %u is %lld frames behind, of %u slots%s",
        client->client_id, client->stream_id, (long long)client->lag, stream->nslots,
        client->is_silent ? ", and its counters stand still" : "");
    tp_doctor_expected(f, "less than half of the ring: it loses frames when it is lapped");
    tp_doctor_tp(f, facts, "top", "--once");
}

static void judge_lease(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                        const tp_top_client_t *client)
{
    const int64_t now_ns = facts->live.now->at_ns;
    if (!client->has_lease || client->expires_ns >= now_ns - SECOND) {
        return; /* a driver looks every 100 ms at the least */
    }
    tp_doctor_finding_t *f = tp_doctor_find(
        report, TP_DOCTOR_WARNING,
        "the lease %llu of %s %u, stream %u, expired %.1f s ago and was not ended",
        (unsigned long long)client->lease_id, client->is_producer ? "producer" : "consumer",
        client->client_id, client->stream_id, (double)(now_ns - client->expires_ns) / 1e9);
    tp_doctor_expected(f, "that the driver ends it at once: it hangs, or was killed");
    tp_doctor_tp(f, facts, "ls", "");
}

/* Index in tp_driver_stats_t. */
static bool driver_figure(const tp_top_snapshot_t *snapshot, uint32_t which, int64_t *out)
{
    *out = 0;
    bool found = false;
    for (size_t i = 0; snapshot != NULL && i < snapshot->nfigures; i++) {
        const tp_top_figure_t *figure = &snapshot->figures[i];
        if (figure->type_id == TPI_COUNTER_DRIVER && figure->which == which) {
            *out = (int64_t)((uint64_t)*out + (uint64_t)figure->value);
            found = true;
        }
    }
    return found;
}

static void judge_driver(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    enum { CYCLES = offsetof(tp_driver_stats_t, duty_cycles) / sizeof(uint64_t) };
    const tp_doctor_live_t *live = &facts->live;
    int64_t now;
    int64_t was;
    if (!driver_figure(live->now, CYCLES, &now)) {
        tp_doctor_finding_t *f =
            tp_doctor_find(report, facts->must_run ? TP_DOCTOR_ERROR : TP_DOCTOR_NOTE,
                           "no SHM driver shows itself in %s", facts->aeron.dir.path);
        tp_doctor_expected(f, "one, unless producers own their files (tp pub --local)");
        tp_doctor_tp(f, facts, "driver", facts->config_words);
        return;
    }
    if (driver_figure(live->before, CYCLES, &was) && was == now) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING, "the SHM driver stands still: no duty cycle in %.1f s",
            (double)(live->now->at_ns - live->before->at_ns) / 1e9);
        tp_doctor_expected(f, "some hundred a second");
        tp_doctor_tp(f, facts, "top", "--once");
    }
}

static void judge_activity(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const int64_t silence_ns = tp_doctor_silence_ns(facts);
    const int64_t now_ns = facts->live.now->at_ns;
    for (size_t i = 0; i < facts->live.nactivities; i++) {
        const tp_doctor_activity_t *a = &facts->live.activities[i];
        char what[48];
        snprintf(what, sizeof what, "stream %u", a->stream_id);
        if (tp_doctor_blind(report, what, a->trouble) || a->activity_ns > (uint64_t)now_ns ||
            now_ns - (int64_t)a->activity_ns <= silence_ns) {
            continue; /* the future is the business of clocks */
        }
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING, "stream %u was last refreshed and announced %.1f s ago",
            a->stream_id, (double)(now_ns - (int64_t)a->activity_ns) / 1e9);
        tp_doctor_expected(f, "five announce periods, %.1f s, at most", (double)silence_ns / 1e9);
        tp_doctor_tp(f, facts, "listen", "announce");
    }
}

void tp_doctor_check_live(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_live_t *live = &facts->live;
    if (live->now == NULL) {
        (void)tp_doctor_blind(report, "counters", live->trouble);
        return;
    }
    const size_t before = report->count;
    judge_driver(report, facts);
    judge_activity(report, facts);
    for (size_t i = 0; i < live->now->nclients; i++) {
        const tp_top_client_t *client = &live->now->clients[i];
        judge_lease(report, facts, client);
        if (!client->is_producer) {
            judge_drops(report, facts, client);
            judge_lag(report, facts, client);
        }
    }
    if (report->count == before) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK,
                             "%zu streams, %zu producers and consumers: leases, activity, drops "
                             "and lag are well",
                             live->now->nstreams, live->now->nclients);
    }
}
