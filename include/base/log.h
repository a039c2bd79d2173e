/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: one event a line, bounded, never blocking. A line that the sink will not take at once is dropped
 * and counted. */
#ifndef USERSTATS_BASE_LOG_H
#define USERSTATS_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

struct log;

struct log_options {
    int fd;               /* where whole lines are written; stays the caller's */
    enum log_level level; /* the least that is logged */
    enum log_format format;
    const struct clock *clock; /* outlives the log */
};

/* Opens a log. Any thread may log to it. */
bool log_open(const struct log_options *options, struct log **out, struct error *err) MUST_USE;
/* Frees it and clears *LOG; the descriptor stays open. NULL is fine. */
void log_close(struct log **log);
/* How many lines the sink did not take. */
uint64_t log_dropped(const struct log *log);

#define LOG_LINE_MAX 2048

/* A line being built, on the caller's stack. Values are escaped; a line longer than LOG_LINE_MAX is cut and
 * marked. */
struct log_line {
    struct log *log; /* NULL: this level is not logged; all calls do nothing */
    size_t size;
    bool cut;
    char bytes[LOG_LINE_MAX];
};

/* Starts a line: time, level, event. LOG may be NULL (nothing is logged). */
void log_begin(struct log_line *line, struct log *log, enum log_level level, const char *event);
void log_text(struct log_line *line, const char *name, struct text value);
void log_integer(struct log_line *line, const char *name, int64_t value);
/* The code's name and the operator's text of ERR. */
void log_error(struct log_line *line, const struct error *err);
/* Writes the line with one write(2). */
void log_end(struct log_line *line);

#endif
