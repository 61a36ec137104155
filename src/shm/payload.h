/*
 * shm/payload.h - how our own code touches payload bytes.
 *
 * A payload is read and written in place, by plain accesses, while a writer may already be
 * overwriting it: the one race that the protocol sanctions, made harmless by the seqlock check
 * after use (W-57). ThreadSanitizer cannot know that. Code of ours goes through this file, so that
 * nothing else is hidden from it.
 */
#ifndef TPI_SHM_PAYLOAD_H
#define TPI_SHM_PAYLOAD_H

#include <stddef.h>
#include <string.h>

#if defined(__SANITIZE_THREAD__)
#define TPI_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TPI_TSAN 1
#endif
#endif

#ifdef TPI_TSAN
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
/* Around any plain access to payload bytes, on the same thread; may not nest. */
#define TPI_PAYLOAD_ACCESS_BEGIN()                                                                 \
    (AnnotateIgnoreReadsBegin(__FILE__, __LINE__), AnnotateIgnoreWritesBegin(__FILE__, __LINE__))
#define TPI_PAYLOAD_ACCESS_END()                                                                   \
    (AnnotateIgnoreWritesEnd(__FILE__, __LINE__), AnnotateIgnoreReadsEnd(__FILE__, __LINE__))
#else
#define TPI_PAYLOAD_ACCESS_BEGIN() ((void)0)
#define TPI_PAYLOAD_ACCESS_END() ((void)0)
#endif

/** memcpy into or out of a payload slot; what was copied out counts only after tpi_slot_still. */
static inline void tpi_payload_copy(void *to, const void *from, size_t len)
{
    TPI_PAYLOAD_ACCESS_BEGIN();
    memcpy(to, from, len);
    TPI_PAYLOAD_ACCESS_END();
}

#endif
