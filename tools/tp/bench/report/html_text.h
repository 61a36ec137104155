/*
 * tp/bench/report/html_text.h - text inside HTML and SVG. The report is also well-formed XML, so that any parser can check it.
 */
#ifndef TP_BENCH_HTML_TEXT_H
#define TP_BENCH_HTML_TEXT_H

#include <stdio.h>

/** Print text or an attribute's value: markup is escaped; bytes that are not ASCII text become U+FFFD. */
void tp_html_text(FILE *to, const char *text);

/** fprintf whose result goes through tp_html_text (cut at 1000 bytes). */
void tp_html_printf(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
