/* SPDX-License-Identifier: Apache-2.0 */
/* How far long work has come: a bar that is redrawn on a terminal, plain lines elsewhere. Private to cli. */
#ifndef USERSTATS_SRC_CLI_PROGRESS_H
#define USERSTATS_SRC_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"

struct progress_point {
    uint64_t bytes, rows, rejected; /* from the very beginning of the source */
};

/* Belongs to one thread; owns nothing. */
struct progress {
    FILE *out;
    bool terminal; /* OUT is one: draw a bar */
    int columns;   /* of the terminal; a line is cut to it */
    const struct clock *clock;
    uint64_t total_bytes; /* 0: not known, then there is neither bar nor ETA */
    struct progress_point start;
    int64_t started_ns, drawn_ns;
    bool drawn; /* a bar stands on the current line */
};

/* Starts at START (what an earlier run has done). The width is asked of the terminal where OUT is one. */
void progress_start(struct progress *p, FILE *out, const struct clock *clock, uint64_t total_bytes,
                    struct progress_point start);
/* Redraws the bar, at most ten times a second; nothing where OUT is no terminal. Cheap: call it once a block.
 */
void progress_update(struct progress *p, struct progress_point now);
/* Says that all up to NOW is committed: a plain line where OUT is no terminal, else as progress_update. */
void progress_commit(struct progress *p, struct progress_point now);
/* Takes the bar off the terminal; whatever is printed next starts on a clean line. */
void progress_clear(struct progress *p);
/* Rows per second since progress_start; 0 before time has passed. */
uint64_t progress_rate(const struct progress *p, struct progress_point now);

#endif
