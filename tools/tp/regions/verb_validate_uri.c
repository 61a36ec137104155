/*
 * tools/tp/regions/verb_validate_uri.c - `tp validate-uri`: is this a region URI, and with --file: would a reader accept what it names?
 */
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "regions/region_print.h"
#include "shm/region.h"
#include "tp_common.h"
#include "verbs.h"

enum { OPT_FILE = TP_OPTION_FIRST, OPT_DIR };

static const tp_option_t options[] = {
    { OPT_FILE, "file", NULL, "look at the file, too: containment, links, size, superblock, mode" },
    { OPT_DIR, "allow-dir", "DIR", "with --file: where it may lie, may be repeated (/dev/shm)" },
};

static const tp_spec_t spec = {
    .verb = "validate-uri",
    .synopsis = "[--json] [--file [--allow-dir DIR]...] URI",
    .about = "Check a region URI (shm:file?path=/...[|require_hugepages=true]) as clients do "
             "before they open anything, and\n"
             "with --file also what it points to.",
    TP_SPEC_OPTIONS(options),
    .notes = "Prints key=value lines, or one object with --json: valid, path, require_hugepages, "
             "and with --file what inspect shows.\n"
             "Exit status 2: no region URI. 1: the file would be refused.",
};

static void report(const tp_args_t *args, const tpi_region_uri_t *uri, const char *error,
                   const tp_region_view_t *view)
{
    if (args->json) {
        json_object *object = json_object_new_object();
        tp_json_add_bool(object, "valid", error == NULL);
        tp_json_add_string(object, "path", uri != NULL ? uri->path : NULL);
        if (uri != NULL) {
            tp_json_add_bool(object, "require_hugepages", uri->require_hugepages);
        } else {
            tp_json_add_null(object, "require_hugepages");
        }
        tp_json_add_string(object, "error", error);
        if (view != NULL) {
            json_object *file = json_object_new_object();
            tp_region_to_json(file, uri->path, view, tp_now_ns());
            json_object_object_add(object, "file", file);
        }
        tp_json_line(object);
        return;
    }
    tp_out("valid=%s\n", error == NULL ? "true" : "false");
    if (uri != NULL) {
        tp_out("path=%s\nrequire_hugepages=%s\n", uri->path,
               uri->require_hugepages ? "true" : "false");
    }
    if (error != NULL) {
        tp_out("error=%s\n", error);
    }
    if (view != NULL) {
        tp_region_print(uri->path, view, tp_now_ns());
    }
}

static int check_file(const tp_args_t *args, const tpi_region_uri_t *uri, const char *const *dirs,
                      size_t ndirs)
{
    tpi_bases_t *bases = NULL;
    int fd = -1;
    int rc = tpi_bases_create(&bases, dirs, ndirs);
    if (rc == TP_OK) {
        rc = tpi_bases_open(bases, uri->path, false, &fd);
    }
    tpi_bases_destroy(bases);
    if (rc != TP_OK) {
        report(args, uri, tp_errmsg(), NULL);
        return TP_EXIT_FAILED;
    }
    tp_region_view_t view;
    rc = tp_region_view_open_fd(&view, fd, uri->path);
    if (rc != TP_OK) {
        report(args, uri, tp_errmsg(), NULL);
        return TP_EXIT_FAILED;
    }
    report(args, uri, view.nfaults > 0 ? view.faults[0] : NULL, &view);
    tp_region_view_close(&view);
    return view.nfaults > 0 ? TP_EXIT_FAILED : TP_EXIT_OK;
}

int tp_verb_validate_uri(int argc, char **argv)
{
    enum { DIRS_MAX = 16 };
    const char *dirs[DIRS_MAX] = { "/dev/shm" };
    size_t ndirs = 0;
    bool look_at_file = false;
    tp_args_t args;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        switch (id) {
        case OPT_FILE:
            look_at_file = true;
            break;
        case OPT_DIR:
            if (ndirs == DIRS_MAX) {
                tp_args_wrong(&args, "more than %d allowed directories", DIRS_MAX);
            } else {
                dirs[ndirs++] = args.value;
            }
            break;
        default:
            break;
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional != 1) {
        return tp_args_wrong(&args, "expected one URI, got %d", args.npositional);
    }
    if (ndirs > 0 && !look_at_file) {
        return tp_args_wrong(&args, "--allow-dir needs --file: without it no file is looked at");
    }
    tpi_region_uri_t uri;
    if (tpi_region_uri_parse(args.positional[0], strlen(args.positional[0]), &uri) != TP_OK) {
        report(&args, NULL, tp_errmsg(), NULL);
        tp_failed(&spec, "%s", tp_errmsg());
        return TP_EXIT_USAGE;
    }
    if (look_at_file) {
        return check_file(&args, &uri, dirs, ndirs > 0 ? ndirs : 1);
    }
    report(&args, &uri, NULL, NULL);
    return TP_EXIT_OK;
}
