#include "doctor/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_printable(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        *c = *c < ' ' || *c > '~' ? '?' : *c;
    }
}

tp_doctor_finding_t *tp_doctor_find(tp_doctor_report_t *report, tp_doctor_severity_t severity,
                                    const char *format, ...)
{
    static tp_doctor_finding_t nowhere;
    tp_doctor_finding_t *finding = &nowhere;
    if (report->count == report->cap) {
        const size_t cap = report->cap == 0 ? 32 : report->cap * 2;
        void *larger = realloc(report->findings, cap * sizeof *report->findings);
        if (larger != NULL) {
            report->findings = larger;
            report->cap = cap;
        }
    }
    report->counts[severity]++;
    if (report->count < report->cap) {
        finding = &report->findings[report->count++];
    } else {
        report->failed = true;
    }
    memset(finding, 0, sizeof *finding);
    finding->check = report->check;
    finding->severity = severity;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
    make_printable(finding->text);
    return finding;
}

void tp_doctor_expected(tp_doctor_finding_t *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->expected, sizeof finding->expected, format, arguments);
    va_end(arguments);
    make_printable(finding->expected);
}

/* Half a command is worse than none. */
static void take_fix(tp_doctor_finding_t *finding, tp_doctor_fix_t kind, const char *format,
                     va_list arguments)
{
    const int len = vsnprintf(finding->fix, sizeof finding->fix, format, arguments);
    bool is_good = len >= 0 && (size_t)len < sizeof finding->fix;
    for (const char *c = finding->fix; is_good && *c != '\0'; c++) {
        is_good = *c >= ' ' && *c <= '~';
    }
    finding->fix_kind = is_good ? kind : TP_DOCTOR_NO_FIX;
    if (!is_good) {
        finding->fix[0] = '\0';
    }
}

void tp_doctor_command(tp_doctor_finding_t *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    take_fix(finding, TP_DOCTOR_COMMAND, format, arguments);
    va_end(arguments);
}

void tp_doctor_setting(tp_doctor_finding_t *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    take_fix(finding, TP_DOCTOR_SETTING, format, arguments);
    va_end(arguments);
}

bool tp_doctor_blind(tp_doctor_report_t *report, const char *what, const char *trouble)
{
    if (trouble[0] == '\0') {
        return false;
    }
    (void)tp_doctor_find(report, TP_DOCTOR_NOTE, "could not look: %s: %s", what, trouble);
    return true;
}

void tp_doctor_report_fini(tp_doctor_report_t *report)
{
    free(report->findings);
    memset(report, 0, sizeof *report);
}

const char *tp_doctor_severity_name(tp_doctor_severity_t severity)
{
    static const char *const names[TP_DOCTOR_SEVERITIES] = { "ok", "note", "warning", "error" };
    return names[severity];
}

const char *tp_doctor_word(char out[TP_DOCTOR_WORD], const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-+=:,@%";
    size_t n = 0;
    const size_t len = strlen(path);
    if (len > 0 && strspn(path, plain) == len && path[0] != '-' && len < TP_DOCTOR_WORD) {
        memcpy(out, path, len + 1);
        return out;
    }
    out[n++] = '\'';
    for (const char *c = path; *c != '\0'; c++) {
        /* Room for a quoted quote, the last quote and the end. */
        if (n + 6 > TP_DOCTOR_WORD || *c < ' ' || *c > '~' || path[0] == '-') {
            out[0] = '\0';
            return out;
        }
        if (*c == '\'') {
            memcpy(out + n, "'\\''", 4);
            n += 4;
        } else {
            out[n++] = *c;
        }
    }
    out[n++] = '\'';
    out[n] = '\0';
    return out;
}

const char *tp_doctor_size(char out[TP_DOCTOR_SIZE], uint64_t bytes)
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
    if (bytes == UINT64_MAX) {
        snprintf(out, TP_DOCTOR_SIZE, "unlimited");
        return out;
    }
    if (bytes < 1024) {
        snprintf(out, TP_DOCTOR_SIZE, "%u B", (unsigned)bytes);
        return out;
    }
    double size = (double)bytes / 1024;
    size_t unit = 0;
    while (size >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        size /= 1024;
        unit++;
    }
    snprintf(out, TP_DOCTOR_SIZE, "%.1f %s", size, units[unit]);
    return out;
}
