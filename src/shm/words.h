/*
 * shm/words.h - 8-byte atomic access to mapped memory. With slot.c, slot.h and superblock.c, which
 * use it, the only place where atomics meet shared bytes: everything else works on private copies.
 *
 * `p` is 8-byte aligned. The C11 atomics used are lock-free and address-free on every host we build
 * for (checked below), so they work between processes which map the same file at different
 * addresses.
 */
#ifndef TPI_SHM_WORDS_H
#define TPI_SHM_WORDS_H

#include <stdatomic.h>
#include <stdint.h>

_Static_assert(sizeof(_Atomic uint64_t) == 8, "a word is 8 bytes, without a lock beside it");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2,
               "words are shared between processes: no lock may stand in for them");

/*
 * In front of a loop over words: gcc leaves it rolled at -O2, which doubles the time of a slot's
 * copy. clang unrolls by itself.
 */
#if defined(__GNUC__) && !defined(__clang__)
#define TPI_SHM_UNROLL _Pragma("GCC unroll 32")
#else
#define TPI_SHM_UNROLL
#endif

/** The i-th word of mapped memory. */
static inline _Atomic uint64_t *tpi_shm_word(void *p, size_t i)
{
    return (_Atomic uint64_t *)p + i;
}

static inline uint64_t tpi_shm_load(const void *p, size_t i)
{
    return atomic_load_explicit((const _Atomic uint64_t *)p + i, memory_order_relaxed);
}

static inline uint64_t tpi_shm_load_acquire(const void *p, size_t i)
{
    return atomic_load_explicit((const _Atomic uint64_t *)p + i, memory_order_acquire);
}

static inline void tpi_shm_store(void *p, size_t i, uint64_t value)
{
    atomic_store_explicit(tpi_shm_word(p, i), value, memory_order_relaxed);
}

static inline void tpi_shm_store_release(void *p, size_t i, uint64_t value)
{
    atomic_store_explicit(tpi_shm_word(p, i), value, memory_order_release);
}

#endif
