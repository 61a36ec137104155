/*
 * tools/tp/doctor/check_terms.c - terms, idle, network, cpu: Aeron's settings against each other
 * and against the host.
 */
#include <stdio.h>
#include <string.h>

#include "doctor/checks.h"
#include "shm/region.h"

#define KIB UINT64_C(1024)
#define GIB (UINT64_C(1) << 30)

static bool is_udp(const char *uri)
{
    return strncmp(uri, "aeron:udp", 9) == 0;
}

/* ---- terms ---- */

/* Do both mean the same publication, if the stream is the same? */
static bool is_same_channel(const char *a, const char *b)
{
    static const char *const names[] = { "endpoint", "control", "interface", "session-id", "tags" };
    if (is_udp(a) != is_udp(b)) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char x[128];
        char y[128];
        const bool has_x = tp_doctor_uri_param(a, names[i], x, sizeof x);
        const bool has_y = tp_doctor_uri_param(b, names[i], y, sizeof y);
        if (has_x != has_y || (has_x && strcmp(x, y) != 0)) {
            return false;
        }
    }
    return true;
}

/* The longest attach answer: fixed fields, a region for the ring and one for each pool. */
static uint64_t longest_answer(const tp_doctor_facts_t *facts)
{
    const tp_driver_options_t *driver = facts->config.driver;
    const uint64_t fixed = 256 + 1024; /* and an error text */
    const uint64_t instance = driver->instance_id != NULL ? strlen(driver->instance_id) : 0;
    const uint64_t uri = strlen(facts->base.path) + instance + 120;
    uint64_t most = 0;
    for (size_t i = 0; i < driver->nprofiles; i++) {
        most = driver->profiles[i].npools > most ? driver->profiles[i].npools : most;
    }
    return fixed + (most + 1) * (uri + 16);
}

static bool judge_legal(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                        const tp_doctor_channel_t *channel, uint64_t *out_term)
{
    char text[32];
    uint64_t term = 0;
    const bool is_number = tp_doctor_term_bytes(facts, channel->uri, &term);
    *out_term = term;
    if (is_number && term >= 64 * KIB && term <= GIB && tpi_is_power_of_two(term)) {
        return true;
    }
    const char *said =
        tp_doctor_uri_param(channel->uri, "term-length", text, sizeof text) ? text : "the default";
    tp_doctor_finding_t *f = tp_doctor_find(report, TP_DOCTOR_ERROR, "%s: \"%s\": term-length %s",
                                            channel->who, channel->uri, said);
    tp_doctor_expected(f, "a power of two from 64k to 1g");
    uint64_t better = 64 * KIB;
    while (is_number && better < term && better < GIB) {
        better *= 2;
    }
    tp_doctor_setting(f, "term-length=%lluk",
                      (unsigned long long)((is_number ? better : 1024 * KIB) / KIB));
    return false;
}

static void judge_pair(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                       const tp_doctor_channel_t *a, const tp_doctor_channel_t *b)
{
    uint64_t x;
    uint64_t y;
    char s[TP_DOCTOR_SIZE];
    char t[TP_DOCTOR_SIZE];
    if (a->stream_id != b->stream_id || !is_same_channel(a->uri, b->uri) ||
        !tp_doctor_term_bytes(facts, a->uri, &x) || !tp_doctor_term_bytes(facts, b->uri, &y) ||
        x == y) {
        return;
    }
    const bool by_client = a->is_client || b->is_client;
    tp_doctor_finding_t *f = tp_doctor_find(
        report, by_client ? TP_DOCTOR_WARNING : TP_DOCTOR_ERROR,
        "stream %lld of one channel with two term lengths: %s of %s, %s of %s",
        (long long)a->stream_id, tp_doctor_size(s, x), a->who, tp_doctor_size(t, y), b->who);
    tp_doctor_expected(f, "the same: Aeron refuses whoever comes second");
    if (by_client) {
        tp_doctor_command(f, "eval \"$(tp driver%s%s --print-env)\"",
                          facts->config_words[0] != '\0' ? " " : "", facts->config_words);
    } else {
        tp_doctor_setting(f, "%s: \"%s\"", b->who, a->uri);
    }
}

static void judge_message(tp_doctor_report_t *report, const tp_doctor_channel_t *channel,
                          const char *what, uint64_t bytes, uint64_t term)
{
    char a[TP_DOCTOR_SIZE];
    char b[TP_DOCTOR_SIZE];
    const uint64_t most = term / 8;
    if (bytes <= most) {
        return;
    }
    uint64_t better = term;
    while (better / 8 < bytes && better < GIB) {
        better *= 2;
    }
    tp_doctor_finding_t *f = tp_doctor_find(
        report, TP_DOCTOR_ERROR, "%s: \"%s\" carries messages of up to %s; %s may have %s",
        channel->who, channel->uri, tp_doctor_size(a, most), what, tp_doctor_size(b, bytes));
    tp_doctor_expected(f, "an eighth of the term length is the longest message");
    tp_doctor_setting(f, "term-length=%lluk", (unsigned long long)(better / KIB));
}

void tp_doctor_check_terms(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_config_t *config = &facts->config;
    const size_t before = report->count;
    for (size_t i = 0; i < config->nchannels; i++) {
        const tp_doctor_channel_t *channel = &config->channels[i];
        uint64_t term;
        if (!judge_legal(report, facts, channel, &term)) {
            continue;
        }
        if (config->driver != NULL && strcmp(channel->who, "driver.control_channel") == 0) {
            judge_message(report, channel, "an attach response", longest_answer(facts), term);
        }
        if (strcmp(channel->who, "bridge.payload_channel") == 0) {
            judge_message(report, channel, "a chunk", config->bridge_chunk_bytes + UINT64_C(128),
                          term);
        }
        for (size_t j = 0; j < i; j++) {
            judge_pair(report, facts, &config->channels[j], channel);
        }
    }
    if (report->count == before && config->nchannels > 0) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK,
                             "%zu channels: term lengths are legal, equal where the stream is the "
                             "same, and large enough",
                             config->nchannels);
    }
}

/* ---- idle ---- */

typedef struct agent {
    const char *name, *variable;
} agent_t;

static bool is_known(const char *strategy)
{
    static const char *const known[] = { "sleeping", "sleep-ns", "yield", "yielding",
                                         "spin",     "spinning", "noop",  "backoff" };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(strategy, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool spins(const char *strategy)
{
    return strncmp(strategy, "spin", 4) == 0 || strcmp(strategy, "noop") == 0;
}

/* Agents that the threading mode gives a thread; NULL ends. */
static const agent_t *agents_of(const char *mode)
{
    static const agent_t dedicated[] = { { "conductor", "AERON_CONDUCTOR_IDLE_STRATEGY" },
                                         { "sender", "AERON_SENDER_IDLE_STRATEGY" },
                                         { "receiver", "AERON_RECEIVER_IDLE_STRATEGY" },
                                         { NULL, NULL } };
    static const agent_t network[] = { { "conductor", "AERON_CONDUCTOR_IDLE_STRATEGY" },
                                       { "network", "AERON_SHAREDNETWORK_IDLE_STRATEGY" },
                                       { NULL, NULL } };
    static const agent_t shared[] = { { "shared", "AERON_SHARED_IDLE_STRATEGY" }, { NULL, NULL } };
    static const agent_t invoker[] = { { NULL, NULL } };
    return strcmp(mode, "SHARED") == 0           ? shared
           : strcmp(mode, "SHARED_NETWORK") == 0 ? network
           : strcmp(mode, "INVOKER") == 0        ? invoker
                                                 : dedicated; /* Aeron's default */
}

static void judge_strategies(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_cpus_t *cpus = &facts->cpus;
    const char *said = tp_doctor_variable(facts, "AERON_THREADING_MODE");
    const char *mode = said != NULL ? said : "DEDICATED";
    const char *whose = facts->aeron.env_is_its ? "of the media driver" : "here";
    unsigned nspinning = 0;
    unsigned nagents = 0;
    const char *first = NULL;
    for (const agent_t *agent = agents_of(mode); agent->name != NULL; agent++) {
        const char *strategy = tp_doctor_variable(facts, agent->variable);
        nagents++;
        if (strategy != NULL && !is_known(strategy)) {
            tp_doctor_finding_t *f = tp_doctor_find(report, TP_DOCTOR_WARNING, "%s is '%s' %s",
                                                    agent->variable, strategy, whose);
            tp_doctor_expected(f, "backoff, sleep-ns, yield, spin or noop");
            tp_doctor_setting(f, "%s=backoff", agent->variable);
        } else if (strategy != NULL && spins(strategy)) {
            nspinning++;
            first = first == NULL ? agent->variable : first;
        }
    }
    const uint64_t by_quota = cpus->quota_milli > 0 ? cpus->quota_milli / 1000 : UINT64_MAX;
    const uint64_t ncpus = cpus->usable < by_quota ? cpus->usable : by_quota;
    if (nspinning > 0 && nspinning >= ncpus) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING,
            "%u threads of the media driver spin (threading mode %s), there are %llu CPUs",
            nspinning, mode, (unsigned long long)ncpus);
        tp_doctor_expected(f, "a CPU for each of them and one for producers and consumers: they "
                              "take it from these otherwise");
        tp_doctor_setting(f, "%s=backoff", first);
    } else {
        (void)tp_doctor_find(report, TP_DOCTOR_OK,
                             "media driver: threading mode %s%s, %u of %u threads spin, %llu CPUs",
                             mode, said == NULL ? " (Aeron's default)" : "", nspinning, nagents,
                             (unsigned long long)ncpus);
    }
}

void tp_doctor_check_idle(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    if (tp_doctor_blind(report, "CPUs", facts->cpus.trouble)) {
        return;
    }
    if (facts->aeron.is_embedded) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK,
                             "the media driver is one thread of pid %lld, which sleeps when idle",
                             (long long)facts->aeron.pid);
    } else {
        judge_strategies(report, facts);
    }
    const int core = facts->config.task_core;
    if (core >= 0 && !facts->cpus.task_core_usable) {
        tp_doctor_finding_t *f =
            tp_doctor_find(report, TP_DOCTOR_WARNING,
                           "AGENT_TASK_CORE is %d, which this process may not run on", core);
        tp_doctor_expected(f, "one of the %u CPUs it may use: tp driver stays unpinned",
                           facts->cpus.usable);
        tp_doctor_setting(f, "AGENT_TASK_CORE=");
    } else if (core >= 0 && facts->cpus.usable < 2) {
        (void)tp_doctor_find(report, TP_DOCTOR_NOTE,
                             "AGENT_TASK_CORE is %d, and there is no other CPU for anybody else",
                             core);
    }
}

/* ---- network ---- */

static uint64_t buffer_of(const tp_doctor_facts_t *facts, const char *uri, const char *parameter,
                          const char *variable, uint64_t fallback)
{
    char text[32];
    uint64_t bytes = fallback;
    const char *value = tp_doctor_variable(facts, variable);
    if (value != NULL) {
        (void)tp_doctor_uri_size(value, &bytes);
    }
    if (tp_doctor_uri_param(uri, parameter, text, sizeof text)) {
        (void)tp_doctor_uri_size(text, &bytes);
    }
    return bytes;
}

static void judge_socket(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                         const tp_doctor_channel_t *channel)
{
    const uint64_t usual = 128 * KIB; /* Aeron's */
    const char *uri = channel->uri;
    const uint64_t receive = buffer_of(facts, uri, "so-rcvbuf", "AERON_SOCKET_SO_RCVBUF", usual);
    const uint64_t send = buffer_of(facts, uri, "so-sndbuf", "AERON_SOCKET_SO_SNDBUF", 0);
    const uint64_t window =
        buffer_of(facts, uri, "rcv-wnd", "AERON_RCV_INITIAL_WINDOW_LENGTH", usual);
    if (receive > facts->net.rmem_max) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING,
            "%s asks for receive buffers of %llu bytes, net.core.rmem_max is %llu", channel->who,
            (unsigned long long)receive, (unsigned long long)facts->net.rmem_max);
        tp_doctor_expected(f, "%llu at least: the kernel cuts it down silently",
                           (unsigned long long)receive);
        tp_doctor_command(f, "sysctl -w net.core.rmem_max=%llu", (unsigned long long)receive);
    }
    if (send > facts->net.wmem_max) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING,
            "%s asks for send buffers of %llu bytes, net.core.wmem_max is %llu", channel->who,
            (unsigned long long)send, (unsigned long long)facts->net.wmem_max);
        tp_doctor_expected(f, "%llu at least: the kernel cuts it down silently",
                           (unsigned long long)send);
        tp_doctor_command(f, "sysctl -w net.core.wmem_max=%llu", (unsigned long long)send);
    }
    if (receive > 0 && window > receive) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_ERROR, "%s: a receive window of %llu bytes, a buffer of %llu",
            channel->who, (unsigned long long)window, (unsigned long long)receive);
        tp_doctor_expected(f, "a buffer not below the window: Aeron refuses it");
        tp_doctor_setting(f, "so-rcvbuf=%llu", (unsigned long long)window);
    }
}

void tp_doctor_check_network(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const size_t before = report->count;
    if (!facts->config.has_bridge ||
        tp_doctor_blind(report, "socket buffers", facts->net.trouble)) {
        return;
    }
    for (size_t i = 0; i < facts->config.nchannels; i++) {
        const tp_doctor_channel_t *channel = &facts->config.channels[i];
        if (strncmp(channel->who, "bridge.", 7) == 0 && is_udp(channel->uri)) {
            judge_socket(report, facts, channel);
        }
    }
    if (report->count == before) {
        (void)tp_doctor_find(
            report, TP_DOCTOR_OK, "socket buffers fit: net.core.rmem_max %llu, wmem_max %llu",
            (unsigned long long)facts->net.rmem_max, (unsigned long long)facts->net.wmem_max);
    }
}

/* ---- cpu ---- */

void tp_doctor_check_cpu(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const char *governor = facts->cpus.governor;
    if (governor[0] == '\0' || strcmp(governor, "performance") == 0) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "frequency governor: %s",
                             governor[0] == '\0' ? "the system has none" : governor);
        return;
    }
    tp_doctor_finding_t *f =
        tp_doctor_find(report, TP_DOCTOR_NOTE, "the frequency governor is %s", governor);
    tp_doctor_expected(f, "performance, for steady latencies");
    tp_doctor_command(f, "cpupower frequency-set -g performance");
}
