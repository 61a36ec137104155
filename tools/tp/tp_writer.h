/*
 * tools/tp/tp_writer.h - output of a program whose duty cycle must not wait for whoever reads it.
 *
 * A thread writes; the duty cycle hands it whole lines, by way of tp_out, tp_json_line and tp_log. When nobody reads, the thread
 * waits in write(2), some 64 KiB of lines wait for it, and what comes then is dropped whole and counted. The next line that is
 * taken says how many: "status_lines_dropped" of a JSON object, or a line of text of its own.
 */
#ifndef TP_WRITER_H
#define TP_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** From here on lines go to the thread. Where none can be had, they are written as before. `broken`, called by the thread, says
 * that standard output took a line no more. */
void tp_writer_start(void (*broken)(void));
bool tp_writer_is_on(void);
/** A line; `end` is "\n" or "". It is whole on its way to fd, or dropped and counted. */
void tp_writer_put(int fd, const char *text, size_t len, const char *end);
/** Lines that were dropped and that nobody was told of, if a line would be taken now; else 0. With `is_told` they are forgotten. */
uint64_t tp_writer_dropped(bool is_told);
/** Wait until all is written, at most so long. False: it is not. */
bool tp_writer_drain(int64_t timeout_ns);
/** As tp_writer_drain; then lines are written as before. What could not be written in time is not, nor is what comes after it. */
void tp_writer_stop(int64_t timeout_ns);

#endif
