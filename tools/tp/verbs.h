/*
 * tools/tp/verbs.h - the verbs of `tp`: one line each here, one file each beside.
 *
 * A verb gets its own name as argv[0] and returns the exit status: 0 done, 1 it went wrong, 2 the command line or the
 * input was malformed (tp_common.h has the names).
 */
#ifndef TP_VERBS_H
#define TP_VERBS_H

/* X(function suffix, name on the command line, one line of help) */
#define TP_VERB_LIST(X)                                                                            \
    X(driver, "driver", "run the SHM driver: files, epochs, leases")                               \
    X(pub, "pub", "publish frames from a pipe, .npy files or a generator")                         \
    X(sub, "sub", "follow a stream: statistics, verification, raw, .npy or PNG files")             \
    X(demo, "demo", "three cameras, three filters, five viewers: everything, verified")            \
    X(bridge, "bridge", "carry streams to another host, over UDP")                                 \
    X(ratelimit, "ratelimit", "thin streams out for consumers that need fewer frames")             \
    X(supervisor, "supervisor", "who is there, who is stale, who drops; a policy for consumers")   \
    X(discovery, "discovery", "a directory of streams, for those who ask")                         \
    X(find, "find", "ask which streams there are, and which driver has them")                      \
    X(meta, "meta", "names and attributes of streams: read them, or say them")                     \
    X(bench, "bench", "measure this machine: tensorpool beside its floors and rivals")             \
    X(attach, "attach", "ask the SHM driver for a lease")                                          \
    X(keepalive, "keepalive", "prolong a lease once")                                              \
    X(detach, "detach", "end a lease")                                                             \
    X(ls, "ls", "streams, epochs and leases, from shared counters")                                \
    X(top, "top", "streams, producers and consumers as they go: rates, lag, drops")                \
    X(doctor, "doctor", "what is wrong with configuration, host or system, and what mends it")     \
    X(send, "send", "publish one message: a ConsumerConfig, a shutdown request, any bytes")        \
    X(send_consumer_config, "send-consumer-config", "tell one consumer how to go on")              \
    X(listen, "listen", "announces, control, QoS or metadata messages as they come")               \
    X(inspect, "inspect", "superblocks and frame headers in shared memory, asking nobody")         \
    X(validate_uri, "validate-uri", "check a region URI, and the file it names")                   \
    X(encode, "encode", "make the bytes of a message from JSON")                                   \
    X(decode, "decode", "print the bytes of a message as JSON")

/* X(other name, function suffix of the verb it stands for, words put before its arguments or NULL,
 * separated by single spaces): not listed by `tp --help`. They are the names of other tools for the
 * same tasks. */
#define TP_VERB_ALIASES(X)                                                                         \
    X("driver-attach", attach, NULL)                                                               \
    X("driver-keepalive", keepalive, NULL)                                                         \
    X("driver-detach", detach, NULL)                                                               \
    X("driver-config-dump", driver, "--print-config --config")                                     \
    X("driver-config-validate", driver, "--print-config --config")                                 \
    X("driver-status", ls, NULL)                                                                   \
    X("driver-list-streams", ls, NULL)                                                             \
    X("driver-list-leases", ls, NULL)                                                              \
    X("driver-counters", ls, "--all")                                                              \
    X("announce-listen", listen, "announce")                                                       \
    X("control-listen", listen, "control")                                                         \
    X("qos-listen", listen, "qos")                                                                 \
    X("discovery-query", find, NULL)                                                               \
    X("discovery-list", find, NULL)                                                                \
    X("metadata-dump", meta, "get")                                                                \
    X("metadata-listen", listen, "metadata")                                                       \
    X("read-superblock", inspect, "--slots 0")                                                     \
    X("read-header", inspect, NULL)                                                                \
    X("shm-validate", inspect, NULL)                                                               \
    X("shm-summary", inspect, "--slots 0")

#define TP_VERB_DECLARE(suffix, name, help) int tp_verb_##suffix(int argc, char **argv);
TP_VERB_LIST(TP_VERB_DECLARE)
#undef TP_VERB_DECLARE

#endif
