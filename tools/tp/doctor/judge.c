/*
 * tools/tp/doctor/judge.c - the table of checks, and what several of them count.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor/checks.h"
#include "shm/region.h"

const tp_doctor_check_t tp_doctor_checks[TP_DOCTOR_CHECKS] = {
#define TP_DOCTOR_CHECK_ROW(name, about) { #name, tp_doctor_check_##name },
    TP_DOCTOR_CHECK_LIST(TP_DOCTOR_CHECK_ROW)
#undef TP_DOCTOR_CHECK_ROW
};

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t rounded(uint64_t bytes, uint64_t page_bytes)
{
    const uint64_t over = page_bytes > 0 ? bytes % page_bytes : 0;
    return over == 0 ? bytes : sum(bytes, page_bytes - over);
}

uint64_t tp_doctor_profile_bytes(const tp_driver_profile_t *profile, uint64_t page_bytes)
{
    const uint64_t n = profile->header_nslots;
    uint64_t bytes = rounded(TPI_SUPERBLOCK_BYTES + n * TPI_HEADER_SLOT_BYTES, page_bytes);
    for (size_t i = 0; i < profile->npools; i++) {
        const uint64_t slots = n * profile->pools[i].stride_bytes; /* 32 by 32 bits */
        bytes = sum(bytes, rounded(sum(TPI_SUPERBLOCK_BYTES, slots), page_bytes));
    }
    return bytes;
}

const tp_driver_profile_t *tp_doctor_profile(const tp_driver_options_t *driver, const char *name)
{
    for (size_t i = 0; name != NULL && i < driver->nprofiles; i++) {
        if (strcmp(driver->profiles[i].name, name) == 0) {
            return &driver->profiles[i];
        }
    }
    return NULL;
}

int64_t tp_doctor_silence_ns(const tp_doctor_facts_t *facts)
{
    const tp_driver_options_t *driver = facts->config.driver;
    const int64_t period_ms =
        driver != NULL && driver->announce_period_ms > 0 ? driver->announce_period_ms : 1000;
    return 5 * period_ms * 1000000;
}

bool tp_doctor_epoch_is_live(const tp_doctor_facts_t *facts, const tp_doctor_epoch_t *epoch)
{
    const int64_t slack_ns = 1000000000; /* a stamp of right now, on another CPU */
    if (!epoch->has_superblock || !epoch->pid_alive || epoch->activity_ns > INT64_MAX) {
        return false;
    }
    const int64_t age_ns = facts->now_ns - (int64_t)epoch->activity_ns;
    return age_ns > -slack_ns && age_ns <= tp_doctor_silence_ns(facts);
}

/* What this driver's stream has in files that count for it: those of its newest live epoch. */
static uint64_t there(const tp_doctor_facts_t *facts, uint32_t stream_id, uint64_t most)
{
    const char *instance = facts->config.driver->instance_id;
    uint64_t bytes = 0;
    for (size_t i = 0; i < facts->epochs.count; i++) {
        const tp_doctor_epoch_t *epoch = &facts->epochs.list[i];
        if (epoch->stream_id == stream_id && instance != NULL &&
            strcmp(epoch->instance, instance) == 0 && tp_doctor_epoch_is_live(facts, epoch)) {
            bytes = epoch->allocated_bytes; /* the list goes up */
        }
    }
    return bytes < most ? bytes : most;
}

tp_doctor_need_t tp_doctor_need(const tp_doctor_facts_t *facts, uint64_t page_bytes)
{
    const tp_driver_options_t *driver = facts->config.driver;
    tp_doctor_need_t need = { 0 };
    for (size_t p = 0; p < driver->nprofiles; p++) {
        const tp_driver_profile_t *profile = &driver->profiles[p];
        const uint64_t bytes = tp_doctor_profile_bytes(profile, page_bytes);
        uint64_t of_profile = 0;
        for (size_t i = 0; i < driver->nstreams; i++) {
            const tp_driver_stream_t *stream = &driver->streams[i];
            if (stream->profile == NULL || strcmp(stream->profile, profile->name) != 0) {
                continue;
            }
            of_profile = sum(of_profile, bytes);
            need.files += 1 + profile->npools;
            need.largest_stream = bytes > need.largest_stream ? bytes : need.largest_stream;
            need.there_bytes = sum(need.there_bytes, there(facts, stream->stream_id, bytes));
        }
        need.bytes = sum(need.bytes, of_profile);
        if (of_profile > need.largest_profile_bytes) {
            need.largest_profile_bytes = of_profile;
            need.largest_profile = profile->name;
        }
    }
    need.pages = page_bytes > 0 ? need.bytes / page_bytes : 0;
    return need;
}

bool tp_doctor_uri_param(const char *uri, const char *name, char *out, size_t cap)
{
    const size_t len = strlen(name);
    const char *at = strchr(uri, '?');
    while (at != NULL) {
        at++;
        if (strncmp(at, name, len) == 0 && at[len] == '=') {
            const char *value = at + len + 1;
            size_t n = strcspn(value, "|");
            n = n < cap - 1 ? n : cap - 1;
            memcpy(out, value, n);
            out[n] = '\0';
            return true;
        }
        at = strchr(at, '|');
    }
    return false;
}

bool tp_doctor_uri_size(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    const char *c = text;
    for (; *c >= '0' && *c <= '9'; c++) {
        if (value > (uint64_t)INT64_MAX / 10 - 10) {
            return false;
        }
        value = value * 10 + (uint64_t)(*c - '0');
    }
    if (c == text) {
        return false;
    }
    unsigned shift = 0;
    if (*c == 'k' || *c == 'K') {
        shift = 10;
    } else if (*c == 'm' || *c == 'M') {
        shift = 20;
    } else if (*c == 'g' || *c == 'G') {
        shift = 30;
    }
    c += shift > 0;
    if (*c != '\0' || value > (uint64_t)INT64_MAX >> shift) {
        return false;
    }
    *out = value << shift;
    return true;
}

const char *tp_doctor_variable(const tp_doctor_facts_t *facts, const char *name)
{
    for (size_t i = 0; !facts->aeron.is_embedded && i < facts->aeron.nvariables; i++) {
        if (strcmp(facts->aeron.variables[i].name, name) == 0) {
            return facts->aeron.variables[i].value;
        }
    }
    return NULL;
}

bool tp_doctor_term_bytes(const tp_doctor_facts_t *facts, const char *uri, uint64_t *out)
{
    char text[32];
    if (tp_doctor_uri_param(uri, "term-length", text, sizeof text)) {
        return tp_doctor_uri_size(text, out);
    }
    const bool is_udp = strncmp(uri, "aeron:udp", 9) == 0;
    const char *variable = tp_doctor_variable(facts, is_udp ? "AERON_TERM_BUFFER_LENGTH"
                                                            : "AERON_IPC_TERM_BUFFER_LENGTH");
    if (variable != NULL && tp_doctor_uri_size(variable, out)) {
        return true;
    }
    /* That of `tp driver`'s own media driver, and Aeron's default. */
    const bool is_other = facts->aeron.cnc == TP_DOCTOR_CNC_ALIVE && !facts->aeron.is_embedded;
    const uint64_t mib = 1048576;
    *out = !is_other ? mib : is_udp ? 16 * mib : 64 * mib;
    return true;
}

void tp_doctor_tp(tp_doctor_finding_t *finding, const tp_doctor_facts_t *facts, const char *verb,
                  const char *rest)
{
    char word[TP_DOCTOR_WORD];
    if (tp_doctor_word(word, facts->aeron.dir.path)[0] != '\0') {
        tp_doctor_command(finding, "tp %s --aeron-dir %s%s%s", verb, word,
                          rest[0] != '\0' ? " " : "", rest);
    }
}
