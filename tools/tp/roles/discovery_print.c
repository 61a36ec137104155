/*
 * tools/tp/roles/discovery_print.c - see discovery_print.h.
 */
#include "roles/discovery_print.h"

void tp_discovery_print(const tp_discovery_provider_t *provider, const char *event, bool json)
{
    tp_discovery_stats_t s;
    tp_discovery_provider_stats(provider, &s);
    if (!json) {
        tp_out("discovery: %llu streams; %llu requests, %llu responses, %llu results; dropped %llu "
               "(channel) + %llu (rate) + %llu (nobody there)\n",
               (unsigned long long)s.entries, (unsigned long long)s.requests,
               (unsigned long long)s.responses, (unsigned long long)s.results,
               (unsigned long long)s.dropped_channel, (unsigned long long)s.dropped_rate,
               (unsigned long long)s.dropped_unconnected);
        return;
    }
    json_object *o = json_object_new_object();
    tp_json_add_string(o, "event", event);
    tp_json_add_u64(o, "entries", s.entries);
    tp_json_add_u64(o, "responders", s.responders);
    tp_json_add_u64(o, "requests", s.requests);
    tp_json_add_u64(o, "responses", s.responses);
    tp_json_add_u64(o, "results", s.results);
    tp_json_add_u64(o, "truncated", s.truncated);
    tp_json_add_u64(o, "not_found", s.not_found);
    tp_json_add_u64(o, "errors", s.errors);
    tp_json_add_u64(o, "ignored_decode", s.ignored_decode);
    tp_json_add_u64(o, "ignored_limit", s.ignored_limit);
    tp_json_add_u64(o, "ignored_stale", s.ignored_stale);
    tp_json_add_u64(o, "ignored_epoch", s.ignored_epoch);
    tp_json_add_u64(o, "expired", s.expired);
    tp_json_add_u64(o, "dropped_channel", s.dropped_channel);
    tp_json_add_u64(o, "dropped_rate", s.dropped_rate);
    tp_json_add_u64(o, "dropped_unconnected", s.dropped_unconnected);
    tp_json_line(o);
}
