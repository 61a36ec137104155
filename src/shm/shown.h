/*
 * shm/shown.h - a path in an error text. Paths may be longer than a text has room for, and the end
 * of the text, which says what was wrong, matters more than the middle of the path.
 */
#ifndef TPI_SHM_SHOWN_H
#define TPI_SHM_SHOWN_H

#include <string.h>

typedef struct tpi_shown_path {
    char text[256]; /* terminated */
} tpi_shown_path_t;

/** The path, or its head and tail around "..." when it is long. By value: use .text in the call. */
static inline tpi_shown_path_t tpi_show_path(const char *path)
{
    enum { HEAD = 96, DOTS = 3, CAP = sizeof(((tpi_shown_path_t *)0)->text) };
    tpi_shown_path_t shown;
    const size_t len = strlen(path);
    if (len < CAP) {
        memcpy(shown.text, path, len + 1);
        return shown;
    }
    memcpy(shown.text, path, HEAD);
    memcpy(shown.text + HEAD, "...", DOTS);
    const size_t tail = CAP - HEAD - DOTS; /* its NUL included */
    memcpy(shown.text + HEAD + DOTS, path + len + 1 - tail, tail);
    return shown;
}

#endif
