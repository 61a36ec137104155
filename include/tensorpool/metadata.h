/*
 * tensorpool/metadata.h - what a stream is called, what its frames mean: said by whoever produces it, kept by whoever wants to know.
 *
 * A publisher says name and summary once a second, and a set of attributes, with a version, when it changes and every other second.
 * A frame names the version that applies to it (tp_frame_info_t.meta_version). A cache keeps the last versions of each stream.
 *
 * Life:    create -> { tp_client_do_work, ..._poll }* -> destroy; the client outlives both.
 * Threads: the client's. poll never blocks.
 * Spec:    wire.md 2.19 (W-129..W-132).
 */
#ifndef TENSORPOOL_METADATA_H
#define TENSORPOOL_METADATA_H

#include "tensorpool/client.h"
#include "tensorpool/producer.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TP_MAX_ATTRIBUTES 64
#define TP_MAX_NAME 256 /* bytes of a name, and of a summary four times that */

/** Borrowed; not terminated. */
typedef struct tp_text {
    const char *data;
    uint32_t length;
} tp_text_t;

typedef struct tp_attribute {
    tp_text_t key;    /* 1..256 bytes of 7-bit text, each key once in a set */
    tp_text_t format; /* MIME type, or sbe:<schemaId>.<templateId>; empty: "text/plain" */
    const void *value;
    uint32_t length;
} tp_attribute_t;

/* ---- saying ---- */

typedef struct tp_metadata_publisher tp_metadata_publisher_t;

typedef struct tp_metadata_publisher_options {
    size_t size;
    /* whose stream it is; must outlive the publisher. NULL: somebody else's */
    tp_producer_t *producer;
    /* without a producer: the stream; epoch and producer are then taken from its
       announces, and nothing is said before the first */
    uint32_t stream_id;
    const char *name; /* at most TP_MAX_NAME bytes; may be NULL. Copied, as the next */
    const char *summary;
    uint32_t first_version;       /* of the first set; 0: 1 */
    int64_t announce_interval_ns; /* 0: 1 s (W-129) */
    int64_t meta_interval_ns;     /* 0: 2 s (W-130) */
} tp_metadata_publisher_options_t;

#define TP_METADATA_PUBLISHER_OPTIONS_INIT                                                         \
    {                                                                                              \
        .size = sizeof(tp_metadata_publisher_options_t)                                            \
    }

/** TP_EINVAL with a text that names option and value, TP_ENOMEM. */
TP_API int tp_metadata_publisher_create(tp_metadata_publisher_t **out, tp_client_t *client,
                                        const tp_metadata_publisher_options_t *options);
TP_API void tp_metadata_publisher_destroy(tp_metadata_publisher_t *publisher); /* NULL: no-op */
/** Send what is due. Returns work done. */
TP_API int tp_metadata_publisher_poll(tp_metadata_publisher_t *publisher);

/**
 * Replace the whole set (W-131). Its version is one more than the last one's, and goes out with the next
 * poll; give tp_metadata_version to frames from now on.
 * @return TP_OK; TP_EINVAL (more than TP_MAX_ATTRIBUTES, an empty, doubled or non-ASCII key; the set is
 *         larger than 120 KiB encoded: use a blob); TP_ENOMEM. After an error the set before holds.
 */
TP_API int tp_metadata_set(tp_metadata_publisher_t *publisher, const tp_attribute_t *attributes,
                           size_t count);
/** Of the set in force; 0: none yet. */
TP_API uint32_t tp_metadata_version(const tp_metadata_publisher_t *publisher);

/**
 * Send a large piece of metadata in parts of 64 KiB (W-132, experimental: peers of dialect v1.2 alone know
 * it). `data` must stay as it is until tp_metadata_blob_is_sent. One at a time.
 * @return TP_OK; TP_EBUSY (another one is under way); TP_EUNSUPPORTED (the client speaks v1.1); TP_EINVAL.
 */
TP_API int tp_metadata_send_blob(tp_metadata_publisher_t *publisher, uint32_t blob_type,
                                 const void *data, uint64_t length);
TP_API bool tp_metadata_blob_is_sent(const tp_metadata_publisher_t *publisher);

typedef struct tp_metadata_publisher_stats {
    uint64_t announces, metas, blobs, send_failures;
} tp_metadata_publisher_stats_t;
TP_API void tp_metadata_publisher_stats(const tp_metadata_publisher_t *publisher,
                                        tp_metadata_publisher_stats_t *out);

/* ---- hearing ---- */

typedef struct tp_metadata_cache tp_metadata_cache_t;

/** The last DataSourceAnnounce of a stream. Texts are valid until the next poll. */
typedef struct tp_data_source {
    uint32_t stream_id, producer_id;
    uint64_t epoch;
    uint32_t meta_version;
    tp_text_t name, summary;
    int64_t received_ns; /* the client's clock */
} tp_data_source_t;

typedef struct tp_metadata_cache_options {
    size_t size;
    uint32_t stream_id;      /* of this stream alone; 0: of all */
    uint32_t max_streams;    /* 0: 256; the one heard longest ago makes room */
    uint32_t max_versions;   /* sets kept of each stream; 0: 4; that not said for longest goes */
    uint64_t max_blob_bytes; /* larger ones are passed over; 0: 64 MiB */
    /** A set of this stream and version is new, or another than before. May be NULL. */
    void (*changed)(void *clientd, uint32_t stream_id, uint32_t meta_version);
    /** A blob arrived whole, its checksum right. `data` is valid inside the call. May be NULL: then blobs
     * are passed over. */
    void (*blob)(void *clientd, uint32_t stream_id, uint32_t meta_version, uint32_t blob_type,
                 const void *data, uint64_t length);
    void *clientd;
} tp_metadata_cache_options_t;

#define TP_METADATA_CACHE_OPTIONS_INIT                                                             \
    {                                                                                              \
        .size = sizeof(tp_metadata_cache_options_t)                                                \
    }

/** Listen on the client's metadata stream; options may be NULL. TP_EINVAL, TP_ENOMEM. */
TP_API int tp_metadata_cache_create(tp_metadata_cache_t **out, tp_client_t *client,
                                    const tp_metadata_cache_options_t *options);
TP_API void tp_metadata_cache_destroy(tp_metadata_cache_t *cache); /* NULL: no-op */
/** Take what came; callbacks are called in here. Returns work done. */
TP_API int tp_metadata_cache_poll(tp_metadata_cache_t *cache);

/** False: not heard of. */
TP_API bool tp_metadata_cache_source(const tp_metadata_cache_t *cache, uint32_t stream_id,
                                     tp_data_source_t *out);
/** All that are known, by stream id. Returns their number, writes at most `cap`. */
TP_API size_t tp_metadata_cache_sources(const tp_metadata_cache_t *cache, tp_data_source_t *out,
                                        size_t cap);
/**
 * The set of one version (0: the one that is announced, else the last that came), valid until the
 * next poll.
 * @param out_version may be NULL.
 * @return the number of attributes, of which at most `cap` are written; -1: that version is not known
 *         (frames of it are good all the same: W-131).
 */
TP_API int tp_metadata_cache_attributes(const tp_metadata_cache_t *cache, uint32_t stream_id,
                                        uint32_t meta_version, uint32_t *out_version,
                                        tp_attribute_t *out, size_t cap);
/** One of them; false: version or key not known. */
TP_API bool tp_metadata_cache_find(const tp_metadata_cache_t *cache, uint32_t stream_id,
                                   uint32_t meta_version, const char *key, tp_attribute_t *out);

typedef struct tp_metadata_cache_stats {
    uint64_t announces, metas; /* kept */
    uint64_t ignored_decode;
    uint64_t evicted; /* streams, for want of room */
    uint64_t blobs;   /* arrived whole */
    uint64_t blobs_gap, blobs_checksum, blobs_oversize, blobs_unexpected; /* discarded (W-132) */
} tp_metadata_cache_stats_t;
TP_API void tp_metadata_cache_stats(const tp_metadata_cache_t *cache,
                                    tp_metadata_cache_stats_t *out);

#ifdef __cplusplus
}
#endif

#endif
