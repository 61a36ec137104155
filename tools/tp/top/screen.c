#include "top/screen.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>

struct tp_top_screen {
    SCREEN *terminal;
    int row;
    bool has_colors;
};

enum { PAIR_WARNING = 1 };

tp_top_screen_t *tp_top_screen_open(void)
{
    tp_top_screen_t *screen = calloc(1, sizeof *screen);
    /* newterm, as initscr would end the process on an unknown terminal. */
    if (screen == NULL || (screen->terminal = newterm(NULL, stdout, stdin)) == NULL) {
        free(screen);
        return NULL;
    }
    cbreak();
    noecho();
    curs_set(0);
    if (has_colors() && start_color() == OK && use_default_colors() == OK) {
        screen->has_colors = init_pair(PAIR_WARNING, COLOR_RED, -1) == OK;
    }
    return screen;
}

void tp_top_screen_close(tp_top_screen_t *screen)
{
    if (screen != NULL) {
        endwin();
        delscreen(screen->terminal);
        free(screen);
    }
}

void tp_top_screen_begin(tp_top_screen_t *screen)
{
    erase();
    screen->row = 0;
}

void tp_top_screen_line(void *clientd, tp_top_line_kind_t kind, const char *text)
{
    tp_top_screen_t *screen = clientd;
    if (screen->row >= LINES) {
        return;
    }
    attr_t look = A_NORMAL;
    if (kind == TP_TOP_HEADING) {
        look = A_REVERSE;
    } else if (kind == TP_TOP_WARNING) {
        look = A_BOLD | (screen->has_colors ? (attr_t)COLOR_PAIR(PAIR_WARNING) : 0);
    }
    attrset((int)look);
    mvaddnstr(screen->row++, 0, text, COLS);
    attrset(A_NORMAL);
}

void tp_top_screen_end(tp_top_screen_t *screen)
{
    (void)screen;
    refresh();
}

int tp_top_screen_key(tp_top_screen_t *screen, int wait_ms)
{
    (void)screen;
    timeout(wait_ms);
    const int key = getch();
    return key == ERR || key == KEY_RESIZE ? -1 : key;
}
