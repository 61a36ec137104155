/*
 * tools/tp/doctor/verb_doctor.c - `tp doctor`: looks at configuration, host and running system,
 * and says what is wrong and how to mend it.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor/checks.h"
#include "doctor/look.h"
#include "verbs.h"

enum { OPT_SHM_DIR = TP_OPTION_FIRST, OPT_RUNNING, OPT_INTERVAL };

static const tp_option_t options[] = {
    { 'c', "config", "FILE",
      "the driver's TOML file, and those of bridges, rate limiters, supervisors; may be repeated" },
    { OPT_SHM_DIR, "shm-dir", "DIR", "as for tp driver" },
    { OPT_RUNNING, "running", NULL,
      "all should be up: no media driver, or no SHM driver, is an error" },
    { OPT_INTERVAL, "interval", "S",
      "time between two looks at counters, 0 to 60 (1; 0: one look)" },
    { 'v', "verbose", NULL, "print what is well, too" },
};

static const tp_spec_t spec = {
    .verb = "doctor",
    .synopsis = "[CHECK]... [--config FILE]... [--shm-dir DIR] [--running] [--interval S] "
                "[--verbose] [--json]",
    .about = "Look at configuration, host and running system, and say what is wrong, what was "
             "expected and which command mends it. Files,\n"
             "counters and limits are read and nothing else: no process is asked, no lease taken, "
             "nothing subscribed to or published.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "checks (all of them without a name): configuration, memory, limits, hugepages, "
             "aeron, permissions, terms, idle, epochs,\n"
             "clocks, live, network, cpu\n"
             "Run it as the driver's user. Exit status 0 when nothing is worse than a note, 1 "
             "after a warning or an error.",
};

typedef struct doctor {
    tp_doctor_asked_t asked;
    char shm_dir[PATH_MAX];
    bool is_wanted[TP_DOCTOR_CHECKS];
    bool is_verbose, must_run;
} doctor_t;

static bool want(tp_args_t *args, doctor_t *doctor, const char *word)
{
    const char *names[TP_DOCTOR_CHECKS];
    for (size_t i = 0; i < TP_DOCTOR_CHECKS; i++) {
        names[i] = tp_doctor_checks[i].name;
        if (strcmp(word, names[i]) == 0) {
            doctor->is_wanted[i] = true;
            return true;
        }
    }
    const char *close = tp_suggest(word, names, TP_DOCTOR_CHECKS);
    if (close != NULL) {
        tp_args_wrong(args, "there is no check '%s'; did you mean '%s'?", word, close);
    } else {
        tp_args_wrong(args, "there is no check '%s'", word);
    }
    return false;
}

/* ---- printing ---- */

static const char *status_of(const tp_doctor_report_t *report)
{
    size_t worst = TP_DOCTOR_SEVERITIES - 1;
    while (worst > 0 && report->counts[worst] == 0) {
        worst--;
    }
    return tp_doctor_severity_name((tp_doctor_severity_t)worst);
}

static void print_text(const tp_doctor_report_t *report, bool is_verbose)
{
    for (size_t i = 0; i < report->count; i++) {
        const tp_doctor_finding_t *f = &report->findings[i];
        if (f->severity == TP_DOCTOR_OK && !is_verbose) {
            continue;
        }
        tp_out("%-7s  %s: %s\n", tp_doctor_severity_name(f->severity), f->check, f->text);
        if (f->expected[0] != '\0') {
            tp_out("         expected: %s\n", f->expected);
        }
        if (f->fix_kind != TP_DOCTOR_NO_FIX) {
            tp_out("         %s %s\n", f->fix_kind == TP_DOCTOR_COMMAND ? "run:" : "set:", f->fix);
        }
    }
    tp_out("errors: %zu, warnings: %zu, notes: %zu, ok: %zu\n", report->counts[TP_DOCTOR_ERROR],
           report->counts[TP_DOCTOR_WARNING], report->counts[TP_DOCTOR_NOTE],
           report->counts[TP_DOCTOR_OK]);
}

static void add_text(json_object *object, const char *key, const char *text)
{
    tp_json_add_string(object, key, text[0] != '\0' ? text : NULL);
}

static void print_json(const tp_doctor_report_t *report, const doctor_t *doctor,
                       const tp_doctor_facts_t *facts)
{
    json_object *o = json_object_new_object();
    json_object *counts = json_object_new_object();
    json_object *configs = json_object_new_array();
    json_object *findings = json_object_new_array();
    tp_json_add_string(o, "event", "doctor");
    tp_json_add_string(o, "status", status_of(report));
    tp_json_add_string(o, "aeron_dir", facts->aeron.dir.path);
    add_text(o, "shm_dir", facts->base.path);
    for (size_t i = 0; i < doctor->asked.npaths; i++) {
        json_object_array_add(configs, json_object_new_string(doctor->asked.paths[i]));
    }
    json_object_object_add(o, "config", configs);
    for (size_t i = 0; i < TP_DOCTOR_SEVERITIES; i++) {
        tp_json_add_u64(counts, tp_doctor_severity_name((tp_doctor_severity_t)i),
                        report->counts[i]);
    }
    json_object_object_add(o, "counts", counts);
    for (size_t i = 0; i < report->count; i++) {
        const tp_doctor_finding_t *f = &report->findings[i];
        json_object *finding = json_object_new_object();
        tp_json_add_string(finding, "check", f->check);
        tp_json_add_string(finding, "severity", tp_doctor_severity_name(f->severity));
        tp_json_add_string(finding, "text", f->text);
        add_text(finding, "expected", f->expected);
        add_text(finding, "fix", f->fix);
        tp_json_add_string(finding, "fix_kind",
                           f->fix_kind == TP_DOCTOR_COMMAND   ? "command"
                           : f->fix_kind == TP_DOCTOR_SETTING ? "setting"
                                                              : NULL);
        json_object_array_add(findings, finding);
    }
    json_object_object_add(o, "findings", findings);
    tp_json_line(o);
}

/* ---- running ---- */

static int run(const doctor_t *doctor)
{
    static tp_doctor_looked_t looked;
    tp_doctor_report_t report = { 0 };
    looked.facts.must_run = doctor->must_run;
    tp_signals_install();
    tp_doctor_look(&looked, &doctor->asked);
    for (size_t i = 0; i < TP_DOCTOR_CHECKS; i++) {
        if (doctor->is_wanted[i]) {
            report.check = tp_doctor_checks[i].name;
            tp_doctor_checks[i].run(&report, &looked.facts);
        }
    }
    const bool is_well =
        report.counts[TP_DOCTOR_ERROR] + report.counts[TP_DOCTOR_WARNING] == 0 && !report.failed;
    if (doctor->asked.args->json) {
        print_json(&report, doctor, &looked.facts);
    } else {
        print_text(&report, doctor->is_verbose);
    }
    const bool is_lost = report.failed;
    tp_doctor_report_fini(&report);
    tp_doctor_looked_fini(&looked);
    if (is_lost) {
        return tp_failed(&spec, "out of memory: not all findings were printed");
    }
    return is_well && tp_stop_requested() == 0 ? TP_EXIT_OK : TP_EXIT_FAILED;
}

static bool take_shm_dir(tp_args_t *args, doctor_t *doctor, const char *dir)
{
    char here[PATH_MAX / 2] = "";
    if (dir[0] == '\0') {
        tp_args_wrong(args, "option '--shm-dir' is empty");
        return false;
    }
    if (dir[0] != '/' && getcwd(here, sizeof here) == NULL) {
        tp_args_wrong(args, "--shm-dir: '%s' has no absolute path", dir);
        return false;
    }
    if ((size_t)snprintf(doctor->shm_dir, sizeof doctor->shm_dir, "%s%s%s", here,
                         here[0] != '\0' ? "/" : "", dir) >= sizeof doctor->shm_dir) {
        tp_args_wrong(args, "--shm-dir is longer than %zu bytes", sizeof doctor->shm_dir - 1);
        return false;
    }
    doctor->asked.shm_dir = doctor->shm_dir;
    return true;
}

static void take_config(tp_args_t *args, doctor_t *doctor)
{
    if (args->value[0] == '\0') {
        tp_args_wrong(args, "option '--config' is empty");
    } else if (doctor->asked.npaths == TP_DOCTOR_FILES) {
        tp_args_wrong(args, "--config: more than %d files", TP_DOCTOR_FILES);
    } else {
        doctor->asked.paths[doctor->asked.npaths++] = args->value;
    }
}

int tp_verb_doctor(int argc, char **argv)
{
    tp_args_t args;
    static doctor_t doctor;
    doctor.asked.args = &args;
    doctor.asked.interval_ns = 1000000000;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        switch (id) {
        case 'c':
            take_config(&args, &doctor);
            break;
        case OPT_SHM_DIR:
            take_shm_dir(&args, &doctor, args.value);
            break;
        case OPT_RUNNING:
            doctor.must_run = true;
            break;
        case OPT_INTERVAL:
            tp_arg_duration_ns(&args, 0, INT64_C(60000000000), &doctor.asked.interval_ns);
            break;
        case 'v':
            doctor.is_verbose = true;
            break;
        default:
            break;
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    for (int i = 0; i < args.npositional; i++) {
        if (!want(&args, &doctor, args.positional[i])) {
            return args.exit_code;
        }
    }
    for (size_t i = 0; args.npositional == 0 && i < TP_DOCTOR_CHECKS; i++) {
        doctor.is_wanted[i] = true;
    }
    return run(&doctor);
}
