/*
 * tools/tp/top/screen.h - the terminal of `tp top`, by ncurses.
 */
#ifndef TP_TOP_SCREEN_H
#define TP_TOP_SCREEN_H

#include <stdbool.h>

#include "top/lines.h"

typedef struct tp_top_screen tp_top_screen_t;

/** NULL: this is no terminal ncurses can draw on. */
tp_top_screen_t *tp_top_screen_open(void);
/** Gives the terminal back as it was. NULL is a no-op. */
void tp_top_screen_close(tp_top_screen_t *screen);

void tp_top_screen_begin(tp_top_screen_t *screen);
/** A tp_top_line_fn. What does not fit is left out. */
void tp_top_screen_line(void *screen, tp_top_line_kind_t kind, const char *text);
void tp_top_screen_end(tp_top_screen_t *screen);

/** A key, or -1 after `wait_ms` without one (or when the window changed its size). */
int tp_top_screen_key(tp_top_screen_t *screen, int wait_ms);

#endif
