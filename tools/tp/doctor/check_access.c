/*
 * tools/tp/doctor/check_access.c - configuration, permissions, aeron: are the files there, ours,
 * and nobody else's?
 */
#include <stdio.h>
#include <string.h>

#include "doctor/checks.h"

#define MIB (UINT64_C(1) << 20)

enum { OTHERS = 07, OTHERS_READ = 04, OTHERS_WRITE = 02, STICKY = 01000 };

/* ---- configuration ---- */

static void judge_file(tp_doctor_report_t *report, const tp_doctor_file_t *file)
{
    char word[TP_DOCTOR_WORD];
    if (file->trouble[0] != '\0') {
        tp_doctor_finding_t *f =
            tp_doctor_find(report, TP_DOCTOR_ERROR, "%s: %s", file->path, file->trouble);
        tp_doctor_expected(f, "a TOML file that can be read");
        return;
    }
    tp_doctor_word(word, file->path);
    if ((file->mode & OTHERS_WRITE) != 0) {
        tp_doctor_finding_t *f =
            tp_doctor_find(report, TP_DOCTOR_ERROR, "%s can be written by everybody (mode %03o)",
                           file->path, (unsigned)(file->mode & 0777));
        tp_doctor_expected(f, "writable for its owner");
        if (word[0] != '\0') {
            tp_doctor_command(f, "chmod o-w %s", word);
        }
    }
    if (file->has_token && (file->mode & OTHERS_READ) != 0) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING,
            "%s holds policies.shutdown_token and can be read by everybody (mode %03o)", file->path,
            (unsigned)(file->mode & 0777));
        tp_doctor_expected(f, "readable for owner and group, or the token in the variable "
                              "POLICIES_SHUTDOWN_TOKEN");
        if (word[0] != '\0') {
            tp_doctor_command(f, "chmod o-rwx %s", word);
        }
    }
}

void tp_doctor_check_configuration(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_config_t *config = &facts->config;
    for (size_t i = 0; i < config->nfiles; i++) {
        judge_file(report, &config->files[i]);
    }
    if (config->driver == NULL) {
        tp_doctor_finding_t *f = tp_doctor_find(report, TP_DOCTOR_ERROR, "%s", config->trouble);
        tp_doctor_expected(f, "a configuration that tp driver accepts");
    } else {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "%zu profiles, %zu streams%s",
                             config->driver->nprofiles, config->driver->nstreams,
                             config->nfiles == 0 ? " (built-in: no --config was given)" : "");
    }
    for (size_t i = 0; i < config->nwarnings; i++) {
        (void)tp_doctor_find(report, TP_DOCTOR_WARNING, "%s", config->warnings[i]);
    }
}

/* ---- permissions ---- */

static void judge_missing_base(tp_doctor_report_t *report, const tp_doctor_dir_t *base,
                               uint32_t uid)
{
    if (base->above_is_usable) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "%s is not there yet; it can be made in %s",
                             base->path, base->above);
        return;
    }
    char word[TP_DOCTOR_WORD];
    tp_doctor_finding_t *f = tp_doctor_find(
        report, TP_DOCTOR_ERROR, "shm.base_dir %s is not there, and this user cannot make it in %s",
        base->path, base->above);
    tp_doctor_expected(f, "a directory of the driver's user");
    if (tp_doctor_word(word, base->path)[0] != '\0') {
        tp_doctor_command(f, "install -d -m 2770 -o %u %s", uid, word);
    }
}

static void judge_base(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_dir_t *base = &facts->base;
    char word[TP_DOCTOR_WORD];
    if (tp_doctor_blind(report, "shm.base_dir", base->trouble)) {
        return;
    }
    if (base->above[0] != '\0' && (base->above_mode & OTHERS_WRITE) != 0 &&
        (base->above_mode & STICKY) == 0) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_ERROR,
            "%s, in which shm.base_dir lies, can be written by everybody and is not sticky (mode "
            "%04o): anybody can put another directory in its place",
            base->above, (unsigned)base->above_mode);
        tp_doctor_expected(f, "mode 1777 at most");
        if (tp_doctor_word(word, base->above)[0] != '\0') {
            tp_doctor_command(f, "chmod +t %s", word);
        }
    }
    if (!base->exists) {
        judge_missing_base(report, base, facts->uid);
        return;
    }
    if (!base->is_dir) {
        tp_doctor_finding_t *f =
            tp_doctor_find(report, TP_DOCTOR_ERROR, "shm.base_dir %s is no directory", base->path);
        tp_doctor_expected(f, "a directory, or nothing");
        return;
    }
    tp_doctor_word(word, base->path);
    if (!base->is_usable) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_ERROR,
            "shm.base_dir %s (mode %04o, uid %u) cannot be written by this user, uid %u",
            base->path, (unsigned)base->mode, base->uid, facts->uid);
        tp_doctor_expected(f, "a directory of the driver's user; run tp doctor as that user");
        if (word[0] != '\0') {
            tp_doctor_command(f, "chown %u %s && chmod u+rwx %s", facts->uid, word, word);
        }
    }
    if ((base->mode & OTHERS_WRITE) != 0 && (base->mode & STICKY) == 0) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_ERROR,
            "shm.base_dir %s can be written by everybody (mode %04o): anybody can remove streams, "
            "or put their own in place",
            base->path, (unsigned)base->mode);
        tp_doctor_expected(f, "not writable for others, as 2770");
        if (word[0] != '\0') {
            tp_doctor_command(f, "chmod o-w %s", word);
        }
    } else if (base->is_usable) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "shm.base_dir %s: mode %04o, uid %u", base->path,
                             (unsigned)base->mode, base->uid);
    }
    if (base->is_usable && !base->is_ours && base->uid != 0) {
        (void)tp_doctor_find(report, TP_DOCTOR_NOTE,
                             "shm.base_dir %s belongs to uid %u, and tp doctor runs as uid %u; "
                             "limits and rights are judged for the latter",
                             base->path, base->uid, facts->uid);
    }
}

/* Is `dir` the path itself, or above it? By text: for what is not there yet. */
static bool is_above(const char *dir, const char *path)
{
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/') {
        len--;
    }
    return strncmp(dir, path, len) == 0 && (path[len] == '\0' || path[len] == '/' || len == 1);
}

static void judge_allowed(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    char word[TP_DOCTOR_WORD];
    bool holds = false;
    for (size_t i = 0; i < facts->nallowed; i++) {
        const tp_doctor_allowed_t *dir = &facts->allowed[i];
        const bool will_be = !dir->exists && is_above(dir->path, facts->base.path);
        holds = holds || dir->holds_base || will_be;
        if (!dir->exists && !will_be) {
            tp_doctor_finding_t *f = tp_doctor_find(
                report, TP_DOCTOR_ERROR, "shm.allowed_base_dirs: %s is not there", dir->path);
            tp_doctor_expected(f, "directories: tp driver does not start otherwise");
            if (tp_doctor_word(word, dir->path)[0] != '\0') {
                tp_doctor_command(f, "mkdir -p %s", word);
            }
        }
    }
    if (facts->nallowed > 0 && !holds) {
        tp_doctor_finding_t *f =
            tp_doctor_find(report, TP_DOCTOR_ERROR,
                           "shm.base_dir %s is in none of shm.allowed_base_dirs", facts->base.path);
        tp_doctor_expected(f, "that it is: tp driver does not start otherwise");
        tp_doctor_setting(f, "allowed_base_dirs = [ \"%s\" ]", facts->base.path);
    }
    if (!facts->clients_allow_base) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, facts->clients_say_so ? TP_DOCTOR_WARNING : TP_DOCTOR_NOTE,
            "clients %s do not allow regions in %s and refuse them",
            facts->clients_say_so ? "with these allowed directories" : "that are told nothing",
            facts->base.path);
        tp_doctor_expected(f, "the driver's base directory among those of every client");
        tp_doctor_setting(f, "TP_ALLOWED_BASE_DIRS=%s", facts->base.path);
    }
}

void tp_doctor_check_permissions(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_driver_options_t *driver = facts->config.driver;
    if (driver == NULL) {
        (void)tp_doctor_blind(report, "there is no valid configuration", facts->config.trouble);
        return;
    }
    judge_base(report, facts);
    judge_allowed(report, facts);
    if ((driver->permissions_mode & OTHERS) != 0) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING, "shm.permissions_mode %03o gives rights to every user",
            (unsigned)driver->permissions_mode);
        tp_doctor_expected(f, "none for others: peers refuse such files");
        tp_doctor_setting(f, "permissions_mode = \"%03o\"",
                          (unsigned)(driver->permissions_mode & ~(unsigned)OTHERS));
    }
}

/* ---- aeron ---- */

static void judge_cnc(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_aeron_t *aeron = &facts->aeron;
    const tp_doctor_severity_t absent = facts->must_run ? TP_DOCTOR_ERROR : TP_DOCTOR_NOTE;
    const int64_t late_ms = 3000; /* it comes once a second */
    tp_doctor_finding_t *f;
    switch (aeron->cnc) {
    case TP_DOCTOR_CNC_ALIVE:
        if (aeron->age_ms > late_ms) {
            f = tp_doctor_find(report, TP_DOCTOR_WARNING,
                               "the media driver (pid %lld) last gave a heartbeat %lld ms ago",
                               (long long)aeron->pid, (long long)aeron->age_ms);
            tp_doctor_expected(f, "one a second: it hangs, or has no CPU");
        } else {
            (void)tp_doctor_find(report, TP_DOCTOR_OK,
                                 "the media driver is alive: pid %lld, heartbeat %lld ms ago",
                                 (long long)aeron->pid, (long long)aeron->age_ms);
        }
        return;
    case TP_DOCTOR_CNC_NONE:
    case TP_DOCTOR_CNC_CLOSED:
    case TP_DOCTOR_CNC_STARTING:
        f = tp_doctor_find(report, absent, "%s", aeron->cnc_text);
        tp_doctor_expected(f, "a media driver; tp driver brings one along");
        tp_doctor_tp(f, facts, "driver", facts->config_words);
        return;
    case TP_DOCTOR_CNC_SILENT:
        f = tp_doctor_find(report, TP_DOCTOR_ERROR, "%s", aeron->cnc_text);
        tp_doctor_expected(f, "a heartbeat once a second");
        tp_doctor_tp(f, facts, "driver", facts->config_words);
        return;
    case TP_DOCTOR_CNC_FORBIDDEN:
        f = tp_doctor_find(report, TP_DOCTOR_ERROR, "%s", aeron->cnc_text);
        tp_doctor_expected(f,
                           "files that this user, uid %u, can read and write: the media "
                           "driver's user, or its group and a umask of 007",
                           facts->uid);
        tp_doctor_setting(f, "run as uid %u", aeron->dir.uid);
        return;
    case TP_DOCTOR_CNC_FOREIGN:
        f = tp_doctor_find(report, TP_DOCTOR_ERROR, "%s", aeron->cnc_text);
        tp_doctor_expected(f, "a cnc file of the Aeron version that tensorpool was built with");
        tp_doctor_setting(f, "--aeron-dir: a directory of its own for tensorpool");
        return;
    }
}

static void judge_aeron_dir(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_dir_t *dir = &facts->aeron.dir;
    char word[TP_DOCTOR_WORD];
    tp_doctor_word(word, dir->path);
    if (dir->exists && (dir->mode & OTHERS_WRITE) != 0 && (dir->mode & STICKY) == 0) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING,
            "%s can be written by everybody (mode %04o): any user can read, fake and end "
            "everything in it",
            dir->path, (unsigned)dir->mode);
        tp_doctor_expected(f, "owner and group: a umask of 007 for the media driver");
        if (word[0] != '\0') {
            tp_doctor_command(f, "chmod -R o-rwx %s", word);
        }
    }
    if (tp_doctor_blind(report, "file system of the Aeron directory", facts->aeron.fs.trouble)) {
        return;
    }
    if (facts->aeron.fs.kind != TP_DOCTOR_TMPFS) {
        tp_doctor_finding_t *f = tp_doctor_find(report, TP_DOCTOR_WARNING, "%s is on %s", dir->path,
                                                facts->aeron.fs.name);
        tp_doctor_expected(f, "a tmpfs: a disk is written to for every message");
        tp_doctor_setting(f, "AERON_DIR=/dev/shm/aeron");
    }
}

/* Aeron refuses a publication whose files are longer than what is free, though they are sparse. */
static void judge_aeron_room(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_aeron_t *aeron = &facts->aeron;
    const tp_doctor_config_t *config = &facts->config;
    const uint64_t own = aeron->cnc == TP_DOCTOR_CNC_ALIVE ? 0 : 13 * MIB;
    uint64_t wanted = 0;
    uint64_t largest = 0;
    char a[TP_DOCTOR_SIZE];
    char b[TP_DOCTOR_SIZE];
    char c[TP_DOCTOR_SIZE];
    if (aeron->fs.trouble[0] != '\0' || aeron->fs.free_bytes == TP_DOCTOR_UNLIMITED ||
        tp_doctor_blind(report, "publications", aeron->logs_trouble)) {
        return;
    }
    for (size_t i = 0; i < config->nchannels; i++) {
        bool is_first = true;
        for (size_t j = 0; j < i; j++) {
            is_first = is_first && (config->channels[j].stream_id != config->channels[i].stream_id);
        }
        uint64_t term;
        if (is_first && tp_doctor_term_bytes(facts, config->channels[i].uri, &term)) {
            const uint64_t log = 3 * term + 4096;
            wanted += log;
            largest = log > largest ? log : largest;
        }
    }
    const uint64_t to_come = wanted > aeron->logs_bytes ? wanted - aeron->logs_bytes : 0;
    const uint64_t to_grow = aeron->logs_bytes > aeron->logs_allocated_bytes
                                 ? aeron->logs_bytes - aeron->logs_allocated_bytes
                                 : 0;
    const uint64_t need = own + to_come + to_grow;
    tp_doctor_size(a, need);
    tp_doctor_size(b, aeron->fs.free_bytes);
    if (need <= aeron->fs.free_bytes) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK,
                             "%llu publications there; terms may take %s more, %s are free",
                             (unsigned long long)aeron->nlogs, a, b);
        return;
    }
    const bool is_refused =
        own > aeron->fs.free_bytes || (to_come > 0 && largest > aeron->fs.free_bytes);
    tp_doctor_finding_t *f = tp_doctor_find(
        report, is_refused ? TP_DOCTOR_ERROR : TP_DOCTOR_WARNING,
        "%s has %s free; the term buffers of the configured channels may take %s more, one of "
        "them %s at once",
        aeron->fs.mount_point, b, a, tp_doctor_size(c, largest));
    tp_doctor_expected(f, "room for three terms of every publication");
    tp_doctor_setting(f, "term-length=1m in the channels");
}

void tp_doctor_check_aeron(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_dir_t *dir = &facts->aeron.dir;
    if (tp_doctor_blind(report, "Aeron directory", dir->trouble)) {
        return;
    }
    if (dir->exists && !dir->is_dir) {
        tp_doctor_finding_t *f =
            tp_doctor_find(report, TP_DOCTOR_ERROR, "%s is no directory", dir->path);
        tp_doctor_expected(f, "the media driver's directory, or nothing");
        tp_doctor_setting(f, "AERON_DIR=/dev/shm/aeron");
        return;
    }
    judge_cnc(report, facts);
    judge_aeron_dir(report, facts);
    judge_aeron_room(report, facts);
}
