/*
 * tools/tp/doctor/checks.h - the checks of `tp doctor`: each judges facts and adds findings. No
 * clock, no file, no system call.
 */
#ifndef TP_DOCTOR_CHECKS_H
#define TP_DOCTOR_CHECKS_H

#include "doctor/facts.h"
#include "doctor/report.h"

/* X(name, what it looks at): one function each, tp_doctor_check_NAME. */
#define TP_DOCTOR_CHECK_LIST(X)                                                                    \
    X(configuration, "the files themselves: readable, known keys, secrets")                        \
    X(memory, "room for all configured streams: file system, RAM, control group")                  \
    X(limits, "locked memory, open files and mappings of the driver")                              \
    X(hugepages, "hugetlbfs, its page size and free pages; huge= of a tmpfs")                      \
    X(aeron, "the media driver's directory, its cnc file and its heartbeat")                       \
    X(permissions, "base directory, modes, allowed directories")                                   \
    X(terms, "term lengths: legal, equal, and large enough")                                       \
    X(idle, "idle strategies and pinning against the CPUs there are")                              \
    X(epochs, "epochs whose process is gone, and what they hold")                                  \
    X(clocks, "clock source, times from the future, synchronization")                              \
    X(live, "leases, drops, activity and lag, from counters")                                      \
    X(network, "socket buffers, where a bridge is configured")                                     \
    X(cpu, "frequency governor")

#define TP_DOCTOR_CHECK_DECLARE(name, about)                                                       \
    void tp_doctor_check_##name(tp_doctor_report_t *report, const tp_doctor_facts_t *facts);
TP_DOCTOR_CHECK_LIST(TP_DOCTOR_CHECK_DECLARE)
#undef TP_DOCTOR_CHECK_DECLARE

enum {
    TP_DOCTOR_CHECKS = 0
#define TP_DOCTOR_CHECK_COUNT(name, about) +1
    TP_DOCTOR_CHECK_LIST(TP_DOCTOR_CHECK_COUNT)
#undef TP_DOCTOR_CHECK_COUNT
};

typedef struct tp_doctor_check {
    const char *name;
    void (*run)(tp_doctor_report_t *report, const tp_doctor_facts_t *facts);
} tp_doctor_check_t;

extern const tp_doctor_check_t tp_doctor_checks[TP_DOCTOR_CHECKS];

/* ---- what several checks count ---- */

/** Bytes of one stream of that profile, each file rounded up to pages. */
uint64_t tp_doctor_profile_bytes(const tp_driver_profile_t *profile, uint64_t page_bytes);
/** NULL: there is none of that name. */
const tp_driver_profile_t *tp_doctor_profile(const tp_driver_options_t *driver, const char *name);

typedef struct tp_doctor_need {
    uint64_t bytes; /* all configured streams, one epoch each */
    uint64_t pages; /* the same in pages of the size asked for */
    uint64_t files;
    uint64_t largest_stream;     /* bytes */
    const char *largest_profile; /* of which most bytes are; NULL: no streams */
    uint64_t largest_profile_bytes;
    uint64_t there_bytes; /* of these, in files of a running driver's newest epochs already */
} tp_doctor_need_t;

tp_doctor_need_t tp_doctor_need(const tp_doctor_facts_t *facts, uint64_t page_bytes);

/** Parameter of an Aeron URI; false: it has none of that name. Longer values are cut. */
bool tp_doctor_uri_param(const char *uri, const char *name, char *out, size_t cap);
/** "64k", "4m", "1g", "65536"; false: no number. */
bool tp_doctor_uri_size(const char *text, uint64_t *out);
/** Bytes of a publication's term: the URI's, else the media driver's default. False: the URI's is
 * no number. */
bool tp_doctor_term_bytes(const tp_doctor_facts_t *facts, const char *uri, uint64_t *out);
/** The fix is `tp VERB --aeron-dir DIR REST`; rest may be "". */
void tp_doctor_tp(tp_doctor_finding_t *finding, const tp_doctor_facts_t *facts, const char *verb,
                  const char *rest);
/** A variable of the media driver, NULL: not set, or it does not look at it. */
const char *tp_doctor_variable(const tp_doctor_facts_t *facts, const char *name);

/** Is the epoch's process there and its activity fresh? */
bool tp_doctor_epoch_is_live(const tp_doctor_facts_t *facts, const tp_doctor_epoch_t *epoch);
/** Older activity than this is nobody's who is well: five announce periods. */
int64_t tp_doctor_silence_ns(const tp_doctor_facts_t *facts);

#endif
