#include "control/find_cli.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "tensorpool/error.h"

#define CHANNEL "aeron:ipc?term-length=1m" /* the client's defaults, for messages */
#define STREAM_ID 7000u
#define CONTROL_CHANNEL "aeron:ipc?term-length=4m"
#define CONTROL_STREAM_ID 1000u

size_t tp_find_places(tp_args_t *args, const char *channel, uint32_t stream_id,
                      tp_find_place_t out[TP_FIND_PLACES_MAX])
{
    const char *id = tp_env("TP_DISCOVERY_STREAM_ID");
    if (channel == NULL) {
        channel = tp_env("TP_DISCOVERY_CHANNEL");
    }
    if (stream_id == 0 && id != NULL) {
        tp_text_u32(args, "TP_DISCOVERY_STREAM_ID", id, 1, INT32_MAX, &stream_id);
    }
    out[0] = (tp_find_place_t){ channel != NULL ? channel : CHANNEL,
                                stream_id != 0 ? stream_id : STREAM_ID };
    if (channel != NULL || stream_id != 0) {
        return 1;
    }
    const char *control_id = tp_env("TP_CONTROL_STREAM_ID");
    const char *control = tp_env("TP_CONTROL_CHANNEL");
    out[1] = (tp_find_place_t){ control != NULL ? control : CONTROL_CHANNEL, CONTROL_STREAM_ID };
    if (args->connection.control_channel != NULL) {
        out[1].channel = args->connection.control_channel;
    }
    if (args->connection.control_stream_id != 0) {
        out[1].stream_id = (uint32_t)args->connection.control_stream_id;
    } else if (control_id != NULL) {
        tp_text_u32(args, "TP_CONTROL_STREAM_ID", control_id, 1, INT32_MAX, &out[1].stream_id);
    }
    return 2;
}

typedef struct asked {
    tp_discovery_client_t *discovery;
    bool is_done;
    bool is_answered;
    size_t results;
} asked_t;

static int ask(asked_t *asked, tp_client_t *client, const tp_discovery_client_options_t *options,
               const tp_find_place_t *place, const tp_discovery_query_t *query)
{
    tp_discovery_client_options_t o = *options;
    o.request_channel = place->channel;
    o.request_stream_id = place->stream_id;
    const int rc = tp_discovery_client_create(&asked->discovery, client, &o);
    return rc == TP_OK ? tp_discovery_query(asked->discovery, query) : rc;
}

static int turn(asked_t *asked)
{
    tp_discovery_client_stats_t stats;
    const tp_discovery_found_t *found;
    const int work = tp_discovery_client_do_work(asked->discovery);
    tp_discovery_client_stats(asked->discovery, &stats);
    asked->is_answered = stats.responses > 0;
    asked->results = tp_discovery_results(asked->discovery, &found);
    asked->is_done = tp_discovery_client_state(asked->discovery) == TP_DISCOVERY_DONE;
    return work;
}

/* Until all had their time, or one whose first result is enough has it. */
static void listen(asked_t *asked, size_t n, bool is_first_enough)
{
    bool is_over = false;
    for (uint32_t idle = 0; !is_over && tp_stop_requested() == 0;) {
        int work = 0;
        is_over = true;
        for (size_t i = 0; i < n; i++) {
            work += asked[i].is_done ? 0 : turn(&asked[i]);
            is_over = is_over && asked[i].is_done;
        }
        for (size_t i = 0; i < n; i++) {
            is_over = is_over || (is_first_enough && asked[i].is_done && asked[i].results > 0);
        }
        if (!is_over) {
            tp_idle(&idle, work);
        }
    }
}

/* Nobody has a result: why? */
static int nothing(const asked_t *asked, const tp_find_place_t *places, size_t n)
{
    char why[2 * 600] = "";
    char text[1025];
    for (size_t i = 0; i < n; i++) {
        const char *error = tp_discovery_error(asked[i].discovery);
        const size_t used = strlen(why);
        if (asked[i].is_answered) {
            return tpi_fail(TP_ENOENT, "no stream matches%s%s", error[0] != '\0' ? ": " : "",
                            tp_plain(text, sizeof text, error, strlen(error)));
        }
        snprintf(why + used, sizeof why - used, "%s%s (%.120s stream %u)", used > 0 ? "; " : "",
                 error[0] != '\0' ? error : "nobody answers", places[i].channel,
                 places[i].stream_id);
    }
    return tpi_fail(TP_ETIMEDOUT,
                    "%s; expected `tp discovery`, or [discovery] in the driver's file", why);
}

int tp_find_ask(tp_client_t *client, const tp_discovery_client_options_t *options,
                const tp_find_place_t *places, size_t nplaces, const tp_discovery_query_t *query,
                tp_discovery_client_t **out)
{
    asked_t asked[TP_FIND_PLACES_MAX] = { { .discovery = NULL } };
    int rc = TP_OK;
    *out = NULL;
    for (size_t i = 0; rc == TP_OK && i < nplaces; i++) {
        rc = ask(&asked[i], client, options, &places[i], query);
    }
    if (rc == TP_OK) {
        listen(asked, nplaces, query->is_first_enough);
        for (size_t i = 0; *out == NULL && i < nplaces; i++) {
            if (asked[i].results > 0) {
                *out = asked[i].discovery;
                asked[i].discovery = NULL;
            }
        }
        rc = *out != NULL ? TP_OK : nothing(asked, places, nplaces);
    }
    for (size_t i = 0; i < nplaces; i++) {
        tp_discovery_client_destroy(asked[i].discovery);
    }
    return rc;
}
