/*
 * tools/tp/regions/verb_inspect.c - `tp inspect`: superblocks and headers, read-only, asking nobody: the process one wants to look into is
 * stuck or dead. Directories are walked as the driver lays them out (stream, instance, epoch), links are not followed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "regions/region_print.h"
#include "tp_common.h"
#include "verbs.h"

enum { DEEPEST = 4, DEFAULT_SLOTS = 1 };

static const tp_option_t options[] = {
    { 'n', "slots", "N|all", "how many of the newest slots of a ring to show (1)" },
    { 's', "stream", "ID", "only regions of this stream" },
};

static const tp_spec_t spec = {
    .verb = "inspect",
    .synopsis = "[--json] [--slots N|all] [--stream ID] [PATH]...",
    .about = "Show superblocks and frame headers of region files, of a stream's or of a driver's "
             "directory (/dev/shm/tensorpool and,\n"
             "of producers without a driver, /dev/shm/tensorpool-UID without PATH). Read-only; no "
             "other process is asked, and none has to be alive.",
    TP_SPEC_OPTIONS(options),
    .notes = "With --json one object for each region file. Exit status 1 if there is none or one "
             "breaks a rule.",
};

typedef struct inspection {
    const tp_args_t *args;
    size_t newest;
    bool has_stream;
    uint32_t stream_id;
    uint64_t regions;
    uint64_t faulty;
    uint64_t unreadable;
} inspection_t;

static void show_region(inspection_t *inspection, const char *path, tp_region_view_t *view)
{
    const int64_t now_ns = tp_now_ns();
    tp_ring_view_t ring = { 0 };
    const bool is_ring = view->has_superblock &&
                         view->superblock.region_type == TPI_REGION_HEADER_RING &&
                         tp_ring_view_read(&ring, view, inspection->newest) == TP_OK;
    inspection->regions++;
    inspection->faulty += view->nfaults > 0 || ring.refused > 0;
    if (inspection->args->json) {
        json_object *object = json_object_new_object();
        tp_region_to_json(object, path, view, now_ns);
        if (is_ring) {
            tp_ring_to_json(object, &ring);
        }
        tp_json_line(object);
    } else {
        tp_region_print(path, view, now_ns);
        if (is_ring) {
            tp_ring_print(&ring);
        }
    }
    free(ring.slots);
}

static void inspect_file(inspection_t *inspection, const char *path)
{
    tp_region_view_t view;
    if (tp_region_view_open(&view, path) != TP_OK) {
        tp_failed(&spec, "%s", tp_errmsg());
        inspection->unreadable++;
        return;
    }
    if (!inspection->has_stream ||
        (view.has_superblock && view.superblock.stream_id == inspection->stream_id)) {
        show_region(inspection, path, &view);
    }
    tp_region_view_close(&view);
}

static bool is_region_name(const char *name)
{
    const size_t len = strlen(name);
    return strcmp(name, "header.ring") == 0 ||
           (strncmp(name, "payload-", 8) == 0 && len > 13 && strcmp(name + len - 5, ".pool") == 0);
}

static int without_dots(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void inspect_dir(inspection_t *inspection, const char *dir, int depth)
{
    struct dirent **entries = NULL;
    const int count = scandir(dir, &entries, without_dots, versionsort);
    if (count < 0) {
        tpi_fail_errno("%s", dir);
        tp_failed(&spec, "%s", tp_errmsg());
        inspection->unreadable++;
        return;
    }
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        struct stat status;
        const int len = snprintf(path, sizeof path, "%s/%s", dir, entries[i]->d_name);
        if (tp_stop_requested() == 0 && len > 0 && (size_t)len < sizeof path &&
            lstat(path, &status) == 0) {
            if (S_ISDIR(status.st_mode) && depth < DEEPEST) {
                inspect_dir(inspection, path, depth + 1);
            } else if (S_ISREG(status.st_mode) && is_region_name(entries[i]->d_name)) {
                inspect_file(inspection, path);
            }
        }
        free(entries[i]);
    }
    free(entries);
}

static void inspect_path(inspection_t *inspection, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        tpi_fail_errno("%s", path);
        tp_failed(&spec, "%s", tp_errmsg());
        inspection->unreadable++;
    } else if (S_ISDIR(status.st_mode)) {
        inspect_dir(inspection, path, 0);
    } else {
        inspect_file(inspection, path);
    }
}

/* Where a driver keeps its regions, and where this user's producers without one do. */
static void inspect_defaults(inspection_t *inspection)
{
    char own[64];
    snprintf(own, sizeof own, "/dev/shm/tensorpool-%u", (unsigned)getuid());
    const bool has_own = access(own, F_OK) == 0;
    if (!has_own || access("/dev/shm/tensorpool", F_OK) == 0) {
        inspect_path(inspection, "/dev/shm/tensorpool");
    }
    if (has_own) {
        inspect_path(inspection, own);
    }
}

int tp_verb_inspect(int argc, char **argv)
{
    tp_args_t args;
    inspection_t inspection = { .args = &args, .newest = DEFAULT_SLOTS };
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        uint64_t slots = 0;
        switch (id) {
        case 'n':
            if (strcmp(args.value, "all") == 0) {
                inspection.newest = SIZE_MAX;
            } else if (tp_arg_u64(&args, 0, UINT32_MAX, &slots)) {
                inspection.newest = slots;
            }
            break;
        case 's':
            inspection.has_stream = tp_arg_u32(&args, 1, UINT32_MAX - 1, &inspection.stream_id);
            break;
        default:
            break;
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    tp_signals_install();
    if (args.npositional == 0) {
        inspect_defaults(&inspection);
    }
    for (int i = 0; i < args.npositional; i++) {
        inspect_path(&inspection, args.positional[i]);
    }
    if (inspection.regions == 0 && inspection.unreadable == 0) {
        return tp_failed(&spec, "no region file found");
    }
    return inspection.faulty > 0 || inspection.unreadable > 0 || tp_stop_requested() != 0
               ? TP_EXIT_FAILED
               : TP_EXIT_OK;
}
