/*
 * tools/tp/roles/verb_ratelimit.c - `tp ratelimit`: the rate limiter as a program.
 */
#include <stdio.h>

#include "config/rate_limiter_keys.h"
#include "roles/role_cli.h"
#include "verbs.h"

static const tp_option_t options[] = {
    { 'c', "config", "FILE", "TOML configuration with [rate_limiter] and [[mappings]] (required)" },
    { 'i', "interval", "S", "time between lines of state (1; 0: only at the end)" },
    TP_ROLE_PRINT_CONFIG_ROW,
};

static const tp_spec_t spec = {
    .verb = "ratelimit",
    .synopsis = "--config FILE [--interval S] [--print-config] [--aeron-dir DIR] [--json]",
    .about = "Thin streams out: follow each mapping's source stream, and publish at most "
             "max_rate_hz of its frames as the destination\n"
             "stream, each under its own seq. Runs beside a consumer that needs fewer frames than "
             "there are.",
    TP_SPEC_OPTIONS(options),
    .notes = "Values come from the file, then the environment (RATE_LIMITER_*), then options; the "
             "later wins. SIGINT or SIGTERM ends it.",
};

/* " (overwritten 3, epoch 1)": what is not 0. */
static void causes(const tp_rate_status_t *s, char *out, size_t cap)
{
    const struct {
        const char *name;
        uint64_t count;
    } all[] = {
        { "overwritten", s->drops_overwritten },
        { "torn", s->drops_torn },
        { "no_fit", s->drops_no_fit },
        { "detached", s->drops_detached },
        { "order", s->drops_order },
        { "epoch", s->drops_epoch },
    };
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].count > 0) {
            used += (size_t)snprintf(out + used, cap - used, "%s%s %llu", used == 0 ? " (" : ", ",
                                     all[i].name, (unsigned long long)all[i].count);
        }
    }
    (void)snprintf(out + used, cap - used, "%s", used > 0 ? ")" : "");
}

static void print_text(const tp_rate_status_t *s)
{
    const uint64_t dropped = s->drops_overwritten + s->drops_torn + s->drops_no_fit +
                             s->drops_detached + s->drops_order + s->drops_epoch;
    char why[256]; /* six names and numbers of 20 digits at most */
    causes(s, why, sizeof why);
    tp_out("%u -> %u: %s, %llu read, %llu published, %llu thinned, %llu dropped%s, %u Hz%s%s%s\n",
           s->source_stream_id, s->dest_stream_id, tp_rate_state_name(s->state),
           (unsigned long long)s->seen, (unsigned long long)s->published,
           (unsigned long long)s->thinned, (unsigned long long)dropped, why, s->rate_hz,
           s->rate_hz == 0 ? " (unlimited)" : "", s->text[0] != '\0' ? "; " : "", s->text);
}

static json_object *to_json(const tp_rate_status_t *s)
{
    json_object *o = json_object_new_object();
    json_object *drops = json_object_new_object();
    tp_json_add_u64(o, "source_stream", s->source_stream_id);
    tp_json_add_u64(o, "dest_stream", s->dest_stream_id);
    tp_json_add_string(o, "state", tp_rate_state_name(s->state));
    tp_json_add_string(o, "text", s->text);
    tp_json_add_u64(o, "rate_hz", s->rate_hz);
    tp_json_add_u64(o, "consumer", s->consumer_id);
    tp_json_add_u64(o, "source_epoch", s->source_epoch);
    tp_json_add_u64(o, "dest_epoch", s->dest_epoch);
    tp_json_add_u64(o, "read", s->seen);
    tp_json_add_u64(o, "published", s->published);
    tp_json_add_u64(o, "bytes", s->bytes);
    tp_json_add_u64(o, "thinned", s->thinned);
    tp_json_add_bool(o, "holding", s->is_holding);
    tp_json_add_u64(drops, "overwritten", s->drops_overwritten);
    tp_json_add_u64(drops, "torn", s->drops_torn);
    tp_json_add_u64(drops, "no_fit", s->drops_no_fit);
    tp_json_add_u64(drops, "detached", s->drops_detached);
    tp_json_add_u64(drops, "order", s->drops_order);
    tp_json_add_u64(drops, "epoch", s->drops_epoch);
    json_object_object_add(o, "drops", drops);
    tp_json_add_u64(o, "source_drops_gap", s->source_drops_gap);
    tp_json_add_u64(o, "source_drops_late", s->source_drops_late);
    tp_json_add_u64(o, "metadata", s->metadata);
    tp_json_add_u64(o, "progress", s->progress);
    tp_json_add_u64(o, "qos", s->qos);
    tp_json_add_u64(o, "send_failures", s->send_failures);
    return o;
}

static void print(void *role, const char *event, bool json)
{
    const tp_rate_limiter_t *limiter = role;
    json_object *object = json ? json_object_new_object() : NULL;
    json_object *mappings = json ? json_object_new_array() : NULL;
    for (size_t i = 0; i < tp_rate_limiter_count(limiter); i++) {
        tp_rate_status_t status;
        tp_rate_limiter_status(limiter, i, &status);
        if (json) {
            json_object_array_add(mappings, to_json(&status));
        } else {
            print_text(&status);
        }
    }
    if (json) {
        tp_rate_ignored_t ignored;
        tp_rate_limiter_ignored(limiter, &ignored);
        tp_json_add_string(object, "event", event);
        json_object_object_add(object, "mappings", mappings);
        tp_json_add_u64(object, "ignored_decode", ignored.decode);
        tp_json_add_u64(object, "ignored_stream", ignored.stream);
        tp_json_add_u64(object, "ignored_oversize", ignored.oversize);
        tp_json_line(object);
    }
}

static int do_work(void *role)
{
    return tp_rate_limiter_do_work(role);
}

static int run(tp_role_cli_t *cli, tpi_rate_limiter_keys_t *keys)
{
    tp_client_t *client = NULL;
    tp_rate_limiter_t *limiter = NULL;
    int status = TP_EXIT_OK;
    keys->options.event = tp_role_event;
    keys->options.event_clientd = cli;
    int rc = tp_client_create(&client, &keys->client);
    rc = rc == TP_OK ? tp_rate_limiter_create(&limiter, client, &keys->options) : rc;
    if (rc == TP_OK) {
        cli->role = limiter;
        cli->do_work = do_work;
        cli->print = print;
        tp_signals_install();
        tp_short_slices();
        tp_role_loop(cli);
    } else {
        status = tp_role_refused(cli, rc);
    }
    tp_rate_limiter_destroy(limiter);
    tp_client_destroy(client);
    return status;
}

int tp_verb_ratelimit(int argc, char **argv)
{
    tp_args_t args;
    tp_role_cli_t cli = { .spec = &spec, .needs_path = true, .interval_ns = 1000000000 };
    const int ended = tp_role_args(&cli, &args, argc, argv, NULL, NULL);
    if (ended >= 0) {
        return ended;
    }
    tpi_rate_limiter_keys_t keys;
    tpi_role_option_t option;
    const tpi_role_source_t source = tp_role_source(&cli, &option);
    const int rc = tpi_rate_limiter_keys_load(&keys, &source);
    if (rc != TP_OK) {
        return tp_role_refused(&cli, rc);
    }
    int status = TP_EXIT_OK;
    if (cli.print_config) {
        tp_role_print_config(&cli, keys.config);
    } else {
        status = run(&cli, &keys);
    }
    tpi_rate_limiter_keys_free(&keys);
    return status;
}
