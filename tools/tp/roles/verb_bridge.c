/*
 * tools/tp/roles/verb_bridge.c - `tp bridge`: the bridge as a program.
 */
#include "config/bridge_keys.h"
#include "roles/role_cli.h"
#include "verbs.h"

enum { OPT_ROLE = TP_ROLE_OPTION_FIRST, OPT_CREATE };

static const tp_option_t options[] = {
    { 'c', "config", "FILE", "TOML configuration with [bridge] and [[mappings]] (required)" },
    { OPT_ROLE, "role", "R", "sender, receiver or both: which half runs here (key role)" },
    { 'i', "interval", "S", "time between lines of state (1; 0: only at the end)" },
    { OPT_CREATE, "create", NULL, "ask the driver to create streams that are not there" },
    TP_ROLE_PRINT_CONFIG_ROW,
};

static const tp_spec_t spec = {
    .verb = "bridge",
    .synopsis = "--config FILE [--role R] [--interval S] [--create] [--print-config] [--json]",
    .about = "Carry streams to another host: the sender follows each mapping's source stream and "
             "sends its frames in chunks over Aeron\n"
             "UDP; the receiver publishes those that arrive whole as the destination stream, with "
             "their seqs.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "Values come from the file, then the environment (BRIDGE_*), then options; the later "
             "wins. Both ends need the same chunk_bytes,\n"
             "mtu_bytes and max_chunk_bytes. SIGINT or SIGTERM ends it.",
};

static const char *role_name(tp_bridge_role_t role)
{
    switch (role) {
    case TP_BRIDGE_SENDER:
        return "sender";
    case TP_BRIDGE_RECEIVER:
        return "receiver";
    case TP_BRIDGE_ROLE_DEFAULT:
    case TP_BRIDGE_BOTH:
        break;
    }
    return "both";
}

static bool sends(const tp_bridge_mapping_status_t *m)
{
    return m->role != TP_BRIDGE_RECEIVER;
}

static bool receives(const tp_bridge_mapping_status_t *m)
{
    return m->role != TP_BRIDGE_SENDER;
}

static void print_text(const tp_bridge_mapping_status_t *m, const tp_bridge_stats_t *s)
{
    if (sends(m)) {
        tp_out("%u -> %u sender: %s, epoch %llu, %llu sent, %llu not sent, %llu torn, %llu too "
               "large, %llu missed, %llu chunks%s%s\n",
               m->source_stream_id, m->dest_stream_id, tp_attach_state_name(m->source.state),
               (unsigned long long)m->source_epoch, (unsigned long long)s->frames_forwarded,
               (unsigned long long)(s->frames_unsent + s->frames_unannounced),
               (unsigned long long)s->frames_torn, (unsigned long long)s->frames_oversize,
               (unsigned long long)m->source_drops_gap, (unsigned long long)s->chunks_sent,
               m->text[0] != '\0' ? "; " : "", m->text);
    }
    if (receives(m)) {
        tp_out("%u -> %u receiver: %s, epoch %llu, %llu published, %llu dropped, %llu chunks, "
               "%llu chunks dropped%s%s\n",
               m->source_stream_id, m->dest_stream_id, tp_attach_state_name(m->dest.state),
               (unsigned long long)m->dest.epoch, (unsigned long long)s->frames_rematerialized,
               (unsigned long long)s->frames_dropped, (unsigned long long)s->chunks_received,
               (unsigned long long)s->chunks_dropped, m->text[0] != '\0' ? "; " : "", m->text);
    }
}

static json_object *lease_json(const tp_attach_status_t *lease)
{
    json_object *o = json_object_new_object();
    tp_json_add_string(o, "state", tp_attach_state_name(lease->state));
    tp_json_add_string(o, "reason", tp_attach_reason_name(lease->reason));
    tp_json_add_string(o, "text", lease->text);
    tp_json_add_u64(o, "client", lease->client_id);
    tp_json_add_u64(o, "epoch", lease->epoch);
    tp_json_add_u64(o, "attaches", lease->attaches);
    tp_json_add_u64(o, "losses", lease->losses);
    return o;
}

static void add_sender(json_object *o, const tp_bridge_stats_t *s)
{
    tp_json_add_u64(o, "frames_read", s->frames_read);
    tp_json_add_u64(o, "frames_forwarded", s->frames_forwarded);
    tp_json_add_u64(o, "frames_torn", s->frames_torn);
    tp_json_add_u64(o, "frames_oversize", s->frames_oversize);
    tp_json_add_u64(o, "frames_unsent", s->frames_unsent);
    tp_json_add_u64(o, "frames_unannounced", s->frames_unannounced);
    tp_json_add_u64(o, "chunks_sent", s->chunks_sent);
    tp_json_add_u64(o, "chunks_unsent", s->chunks_unsent);
    tp_json_add_u64(o, "bytes_sent", s->bytes_sent);
}

static void add_receiver(json_object *o, const tp_bridge_stats_t *s)
{
    json_object *chunks = json_object_new_object();
    json_object *frames = json_object_new_object();
    for (int i = 0; i < TP_BRIDGE_CHUNK_DROPS; i++) {
        tp_json_add_u64(chunks, tp_bridge_chunk_drop_name((tp_bridge_chunk_drop_t)i),
                        s->chunk_drops[i]);
    }
    for (int i = 0; i < TP_BRIDGE_FRAME_DROPS; i++) {
        tp_json_add_u64(frames, tp_bridge_frame_drop_name((tp_bridge_frame_drop_t)i),
                        s->frame_drops[i]);
    }
    tp_json_add_u64(o, "chunks_received", s->chunks_received);
    tp_json_add_u64(o, "chunks_dropped", s->chunks_dropped);
    json_object_object_add(o, "chunk_drops", chunks);
    tp_json_add_u64(o, "frames_rematerialized", s->frames_rematerialized);
    tp_json_add_u64(o, "frames_dropped", s->frames_dropped);
    json_object_object_add(o, "frame_drops", frames);
    tp_json_add_u64(o, "assemblies_reset", s->assemblies_reset);
    tp_json_add_u64(o, "descriptors_dropped", s->descriptors_dropped);
    tp_json_add_u64(o, "bytes_received", s->bytes_received);
}

static void add_control(json_object *o, const tp_bridge_stats_t *s)
{
    tp_json_add_u64(o, "control_forwarded", s->control_forwarded);
    tp_json_add_u64(o, "metadata_forwarded", s->metadata_forwarded);
    tp_json_add_u64(o, "control_lost", s->control_lost);
    tp_json_add_u64(o, "control_ignored", s->control_ignored);
    tp_json_add_u64(o, "source_epochs", s->source_epochs);
}

static json_object *to_json(const tp_bridge_mapping_status_t *m, const tp_bridge_stats_t *s)
{
    json_object *o = json_object_new_object();
    tp_json_add_u64(o, "source_stream", m->source_stream_id);
    tp_json_add_u64(o, "dest_stream", m->dest_stream_id);
    tp_json_add_string(o, "role", role_name(m->role));
    tp_json_add_string(o, "profile", m->profile);
    tp_json_add_bool(o, "failed", m->is_failed);
    tp_json_add_string(o, "text", m->text);
    tp_json_add_u64(o, "source_epoch", m->source_epoch);
    tp_json_add_u64(o, "announced_epoch", m->announced_epoch);
    tp_json_add_u64(o, "chunk_bytes", m->chunk_bytes);
    tp_json_add_u64(o, "frames_in_flight", m->frames_in_flight);
    tp_json_add_bool(o, "forwards_metadata", m->forwards_metadata);
    tp_json_add_bool(o, "forwards_qos", m->forwards_qos);
    tp_json_add_bool(o, "forwards_progress", m->forwards_progress);
    if (sends(m)) {
        json_object_object_add(o, "source", lease_json(&m->source));
        tp_json_add_u64(o, "source_drops_gap", m->source_drops_gap);
        tp_json_add_u64(o, "source_drops_late", m->source_drops_late);
        add_sender(o, s);
    }
    if (receives(m)) {
        json_object_object_add(o, "dest", lease_json(&m->dest));
        add_receiver(o, s);
    }
    add_control(o, s);
    return o;
}

static void print_json(const tp_bridge_t *bridge, const char *event, json_object *mappings)
{
    json_object *o = json_object_new_object();
    tp_bridge_status_t status;
    tp_bridge_stats_t total;
    tp_bridge_status(bridge, &status);
    tp_bridge_stats(bridge, &total);
    tp_json_add_string(o, "event", event);
    tp_json_add_string(o, "instance", status.instance_id);
    tp_json_add_bool(o, "payload_connected", status.is_payload_connected);
    tp_json_add_bool(o, "control_connected", status.is_control_connected);
    tp_json_add_u64(o, "payload_images", status.payload_images);
    tp_json_add_u64(o, "duty_cycles", status.duty_cycles);
    tp_json_add_u64(o, "work_done", status.work_done);
    tp_json_add_string(o, "text", status.text);
    /* Chunks that belong to no mapping. */
    tp_json_add_u64(o, "chunks_gate", total.chunk_drops[TP_BRIDGE_CHUNK_GATE]);
    tp_json_add_u64(o, "chunks_decode", total.chunk_drops[TP_BRIDGE_CHUNK_DECODE]);
    tp_json_add_u64(o, "chunks_stream", total.chunk_drops[TP_BRIDGE_CHUNK_STREAM]);
    json_object_object_add(o, "mappings", mappings);
    tp_json_line(o);
}

static void print(void *role, const char *event, bool json)
{
    const tp_bridge_t *bridge = role;
    json_object *mappings = json ? json_object_new_array() : NULL;
    for (size_t i = 0; i < tp_bridge_mapping_count(bridge); i++) {
        tp_bridge_mapping_status_t status;
        tp_bridge_stats_t stats;
        if (tp_bridge_mapping(bridge, i, &status, &stats) != TP_OK) {
            continue;
        }
        if (json) {
            json_object_array_add(mappings, to_json(&status, &stats));
        } else {
            print_text(&status, &stats);
        }
    }
    if (json) {
        print_json(bridge, event, mappings);
    }
}

static int do_work(void *role)
{
    return tp_bridge_do_work(role);
}

/* The file has what options and variables leave open. */
static tp_client_options_t client_options(const tp_args_t *args, const tpi_bridge_keys_t *keys)
{
    tp_client_options_t o = TP_CLIENT_OPTIONS_INIT;
    tp_client_options_from_args(&o, args);
    o.client_name = keys->options.instance_id;
    o.aeron_dir = keys->aeron_dir; /* an option is a key's value already */
    if (o.control_channel == NULL) {
        o.control_channel = keys->driver_control_channel;
    }
    if (o.control_stream_id == 0) {
        o.control_stream_id = keys->driver_control_stream_id;
    }
    if (keys->wire_dialect == TP_WIRE_V12) {
        o.wire_dialect = TP_WIRE_V12;
    }
    return o;
}

static int run(tp_role_cli_t *cli, tpi_bridge_keys_t *keys)
{
    tp_client_t *client = NULL;
    tp_bridge_t *bridge = NULL;
    int status = TP_EXIT_OK;
    const tp_client_options_t from = client_options(cli->args, keys);
    keys->options.event = tp_role_event;
    keys->options.event_clientd = cli;
    int rc = tp_client_create(&client, &from);
    rc = rc == TP_OK ? tp_bridge_create(&bridge, client, &keys->options) : rc;
    if (rc == TP_OK) {
        cli->role = bridge;
        cli->do_work = do_work;
        cli->print = print;
        tp_signals_install();
        tp_short_slices();
        tp_role_loop(cli);
    } else {
        status = tp_role_refused(cli, rc);
    }
    tp_bridge_destroy(bridge);
    tp_client_destroy(client);
    return status;
}

typedef struct own_options {
    const char *role;
    bool creates;
} own_options_t;

static void own(void *clientd, int id, const char *value)
{
    own_options_t *o = clientd;
    if (id == OPT_ROLE) {
        o->role = value;
    } else if (id == OPT_CREATE) {
        o->creates = true;
    }
}

int tp_verb_bridge(int argc, char **argv)
{
    tp_args_t args;
    tp_role_cli_t cli = { .spec = &spec, .needs_path = true, .interval_ns = 1000000000 };
    own_options_t mine = { .creates = false };
    const int ended = tp_role_args(&cli, &args, argc, argv, own, &mine);
    if (ended >= 0) {
        return ended;
    }
    tpi_bridge_keys_t keys;
    tpi_role_option_t given[2] = { { .option = NULL },
                                   { .option = "--role", .key = "role", .value = mine.role } };
    tpi_role_source_t source = tp_role_source(&cli, &given[0]);
    source.noptions = 2;
    const int rc = tpi_bridge_keys_load(&keys, &source);
    if (rc != TP_OK) {
        return tp_role_refused(&cli, rc);
    }
    int status = TP_EXIT_OK;
    if (cli.print_config) {
        tp_role_print_config(&cli, keys.config);
    } else {
        keys.options.publish_mode = mine.creates ? TP_EXISTING_OR_CREATE : TP_REQUIRE_EXISTING;
        status = run(&cli, &keys);
    }
    tpi_bridge_keys_free(&keys);
    return status;
}
