/*
 * tp/bench/html_text.c - escape text for HTML and XML.
 */
#include "bench/report/html_text.h"

#include <stdarg.h>

void tp_html_text(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        switch (c) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        case '\'':
            fputs("&#39;", to); /* HTML 4 has no &apos; */
            break;
        default:
            if (c >= 0x20 && c < 0x7f) {
                fputc(c, to);
            } else {
                fputs("&#xfffd;", to); /* XML has no way to write a control character */
            }
            break;
        }
    }
}

void tp_html_printf(FILE *to, const char *format, ...)
{
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tp_html_text(to, text);
}
