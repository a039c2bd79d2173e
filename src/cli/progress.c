/* SPDX-License-Identifier: Apache-2.0 */
/* Draws one line over and over, or prints one per transaction. Awkward: the rate and the ETA are of this run
 * only, so that a resumed import does not claim the speed of the rows that were there before. */
#include "cli/progress.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_NS  100000000
#define BAR_CELLS  24
#define LINE_MAX   160
#define MEBIBYTE   1048576.0
#define NANOSECOND 1e-9

void progress_start(struct progress *p, FILE *out, const struct clock *clock, uint64_t total_bytes,
                    struct progress_point start)
{
    *p = (struct progress){
        .out = out, .clock = clock, .total_bytes = total_bytes, .start = start, .columns = 80};
    p->terminal = isatty(fileno(out)) == 1;
    p->started_ns = clock->monotonic_ns(clock->context);
    p->drawn_ns = p->started_ns - REDRAW_NS;
    struct winsize size;
    if (p->terminal && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        p->columns = size.ws_col;
}

static double seconds_since_start(const struct progress *p)
{
    return (double)(p->clock->monotonic_ns(p->clock->context) - p->started_ns) * NANOSECOND;
}

static uint64_t handled(struct progress_point now)
{
    return now.rows + now.rejected;
}

uint64_t progress_rate(const struct progress *p, struct progress_point now)
{
    double seconds = seconds_since_start(p);
    return seconds <= 0 ? 0 : (uint64_t)((double)(handled(now) - handled(p->start)) / seconds);
}

static double share_of(const struct progress *p, struct progress_point now)
{
    double share = (double)now.bytes / (double)p->total_bytes;
    return share > 1 ? 1 : share;
}

/* "  1:02:03" until the rest is done at this run's pace; "" before there is a pace. */
static void write_eta(const struct progress *p, struct progress_point now, char *out, size_t size)
{
    uint64_t bytes = now.bytes - p->start.bytes;
    out[0] = '\0';
    if (bytes == 0 || now.bytes > p->total_bytes)
        return;
    double rest = (double)(p->total_bytes - now.bytes) * seconds_since_start(p) / (double)bytes;
    uint64_t seconds = (uint64_t)(rest + 0.5);
    snprintf(out, size, "  ETA %" PRIu64 ":%02u:%02u", seconds / 3600, (unsigned)(seconds / 60 % 60),
             (unsigned)(seconds % 60));
}

static void draw(struct progress *p, struct progress_point now)
{
    char line[LINE_MAX];
    if (p->total_bytes == 0) {
        snprintf(line, sizeof line, "%.1f MiB  %" PRIu64 " rows  %" PRIu64 " refused  %" PRIu64 " rows/s",
                 (double)now.bytes / MEBIBYTE, now.rows, now.rejected, progress_rate(p, now));
    } else {
        char eta[40];
        char cells[BAR_CELLS + 1];
        size_t full = (size_t)(share_of(p, now) * BAR_CELLS);
        memset(cells, '.', BAR_CELLS);
        memset(cells, '#', full);
        cells[BAR_CELLS] = '\0';
        write_eta(p, now, eta, sizeof eta);
        snprintf(line, sizeof line, "[%s] %3.0f%%  %.1f/%.1f MiB  %" PRIu64 " rows/s%s", cells,
                 share_of(p, now) * 100, (double)now.bytes / MEBIBYTE, (double)p->total_bytes / MEBIBYTE,
                 progress_rate(p, now), eta);
    }
    fprintf(p->out, "\r%.*s\033[K", p->columns - 1, line);
    fflush(p->out);
    p->drawn = true;
}

void progress_update(struct progress *p, struct progress_point now)
{
    if (!p->terminal)
        return;
    int64_t time = p->clock->monotonic_ns(p->clock->context);
    if (time - p->drawn_ns < REDRAW_NS)
        return;
    p->drawn_ns = time;
    draw(p, now);
}

void progress_commit(struct progress *p, struct progress_point now)
{
    if (p->terminal) {
        progress_update(p, now);
        return;
    }
    fprintf(p->out, "%" PRIu64 " rows, %" PRIu64 " refused, ", now.rows, now.rejected);
    if (p->total_bytes > 0)
        fprintf(p->out, "%.0f%% of the file, ", share_of(p, now) * 100);
    fprintf(p->out, "%" PRIu64 " rows/s\n", progress_rate(p, now));
    fflush(p->out);
}

void progress_clear(struct progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", p->out);
    fflush(p->out);
    p->drawn = false;
}
