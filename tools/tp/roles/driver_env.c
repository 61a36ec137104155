/*
 * tools/tp/roles/driver_env.c - see driver_env.h.
 */
#include "roles/driver_env.h"

#include <stdio.h>
#include <string.h>

#include "tp_common.h"

typedef struct printer {
    json_object *object; /* NULL: for a shell */
} printer_t;

/* Single quotes keep everything but themselves. */
static void print_text(const printer_t *printer, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0') {
        return;
    }
    if (printer->object != NULL) {
        tp_json_add_string(printer->object, name, value);
        return;
    }
    tp_out("export %s='", name);
    for (const char *quote; (quote = strchr(value, '\'')) != NULL; value = quote + 1) {
        tp_out("%.*s'\\''", (int)(quote - value), value);
    }
    tp_out("%s'\n", value);
}

static void print_number(const printer_t *printer, const char *name, uint64_t value)
{
    if (value == 0) {
        return;
    }
    if (printer->object != NULL) {
        tp_json_add_u64(printer->object, name, value);
    } else {
        tp_out("export %s=%llu\n", name, (unsigned long long)value);
    }
}

static const char *first_text(const char *a, const char *b)
{
    return a != NULL && a[0] != '\0' ? a : b;
}

void tp_driver_print_env(const tp_driver_options_t *driver, const tpi_interop_keys_t *interop,
                         const char *aeron_dir, bool json)
{
    char dirs[4096] = "";
    size_t used = 0;
    const printer_t printer = { .object = json ? json_object_new_object() : NULL };
    for (size_t i = 0; i < driver->allowed_base_dirs_count && used < sizeof dirs; i++) {
        const int n = snprintf(dirs + used, sizeof dirs - used, "%s%s", i > 0 ? ":" : "",
                               driver->allowed_base_dirs[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    const uint32_t control = interop->control_stream_id != 0 ? interop->control_stream_id
                                                             : (uint32_t)driver->control_stream_id;
    print_text(&printer, "AERON_DIR", first_text(interop->aeron_dir, aeron_dir));
    print_text(&printer, "TP_CONTROL_CHANNEL",
               first_text(interop->control_channel, driver->control_channel));
    print_number(&printer, "TP_CONTROL_STREAM_ID", control);
    print_text(&printer, "TP_ANNOUNCE_CHANNEL", driver->announce_channel);
    print_number(&printer, "TP_ANNOUNCE_STREAM_ID", (uint32_t)driver->announce_stream_id);
    print_text(&printer, "TP_QOS_CHANNEL", driver->qos_channel);
    print_number(&printer, "TP_QOS_STREAM_ID", (uint32_t)driver->qos_stream_id);
    print_text(&printer, "TP_DESCRIPTOR_CHANNEL", interop->descriptor_channel);
    print_number(&printer, "TP_DESCRIPTOR_STREAM_ID", interop->descriptor_stream_id);
    if (used < sizeof dirs) { /* else too many for a variable; the default may do */
        print_text(&printer, "TP_ALLOWED_BASE_DIRS", dirs);
    }
    print_number(&printer, "TP_STREAM_ID", interop->stream_id);
    print_number(&printer, "TP_PAYLOAD_STRIDE_BYTES", interop->payload_stride_bytes);
    if (json) {
        tp_json_line(printer.object);
    }
}
