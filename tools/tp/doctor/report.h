/*
 * tools/tp/doctor/report.h - findings of `tp doctor`: what was found, what was expected, how to
 * mend it.
 */
#ifndef TP_DOCTOR_REPORT_H
#define TP_DOCTOR_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum tp_doctor_severity {
    TP_DOCTOR_OK,
    TP_DOCTOR_NOTE,    /* worth knowing; nothing to do */
    TP_DOCTOR_WARNING, /* it works, and something is wrong */
    TP_DOCTOR_ERROR,   /* it does not work, or will not */
    TP_DOCTOR_SEVERITIES
} tp_doctor_severity_t;

typedef enum tp_doctor_fix {
    TP_DOCTOR_NO_FIX,
    TP_DOCTOR_COMMAND, /* for a shell, as it stands */
    TP_DOCTOR_SETTING  /* a line of the configuration, a variable, an option */
} tp_doctor_fix_t;

typedef struct tp_doctor_finding {
    const char *check; /* name of the check */
    tp_doctor_severity_t severity;
    char text[700]; /* what was found */
    char expected[300];
    tp_doctor_fix_t fix_kind;
    char fix[1400];
} tp_doctor_finding_t;

typedef struct tp_doctor_report {
    const char *check; /* of the next findings */
    tp_doctor_finding_t *findings;
    size_t count, cap;
    size_t counts[TP_DOCTOR_SEVERITIES];
    bool failed; /* no memory for something */
} tp_doctor_report_t;

/** A finding of report->check. Never NULL: without memory it goes nowhere, and `failed` says so.
 * Valid until the next one. Bytes that are not printable ASCII become '?': texts end up on a
 * terminal. */
tp_doctor_finding_t *tp_doctor_find(tp_doctor_report_t *report, tp_doctor_severity_t severity,
                                    const char *format, ...) __attribute__((format(printf, 3, 4)));
void tp_doctor_expected(tp_doctor_finding_t *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** A fix that does not fit, or holds what a shell or a terminal would take amiss, is left out. */
void tp_doctor_command(tp_doctor_finding_t *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tp_doctor_setting(tp_doctor_finding_t *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** "could not look: ..." as a note, if there is something; true then. */
bool tp_doctor_blind(tp_doctor_report_t *report, const char *what, const char *trouble);

void tp_doctor_report_fini(tp_doctor_report_t *report);

const char *tp_doctor_severity_name(tp_doctor_severity_t severity);

/** `path` as one word of a shell; what cannot be one becomes "", which commands then lack. */
#define TP_DOCTOR_WORD 1100
const char *tp_doctor_word(char out[TP_DOCTOR_WORD], const char *path);

/** "512 B", "20.0 MiB", "unlimited". */
#define TP_DOCTOR_SIZE 32
const char *tp_doctor_size(char out[TP_DOCTOR_SIZE], uint64_t bytes);

#endif
