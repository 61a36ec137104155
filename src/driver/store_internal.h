/*
 * driver/store_internal.h - shared by store.c (directories, locks, looking) and epoch.c (making and removing epochs).
 */
#ifndef TPI_DRIVER_STORE_INTERNAL_H
#define TPI_DRIVER_STORE_INTERNAL_H

#include <dirent.h>

#include "driver/store.h"

#define TPI_STORE_LOCK ".driver.lock"
#define TPI_STORE_SCAN_MAX                                                                         \
    100000 /* directory entries looked at: a directory is a stranger's, too */

int tpi_store_enter(const tpi_store_t *store, int parent, const char *name, bool create,
                    int *out_fd);
int tpi_store_enter_stream(const tpi_store_t *store, uint32_t stream_id, bool create, int *out_fd);
int tpi_store_enter_instance(const tpi_store_t *store, uint32_t stream_id, bool create,
                             int *out_fd);
/** `name` is prefix and a decimal number up to max, written as we write it. */
bool tpi_store_parse_name(const char *name, const char *prefix, uint64_t max, uint64_t *out);
/** A listing with a position of its own; NULL with errno. */
DIR *tpi_store_list(int dir_fd);

#endif
