/* SPDX-License-Identifier: Apache-2.0 */
/* Absolute deadlines of connections, which libmicrohttpd does not have: its timeout is reset by every byte.
 */
#ifndef USERSTATS_HTTP_MHD_REAPER_H
#define USERSTATS_HTTP_MHD_REAPER_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "http/message.h"
#include "http_mhd/server.h"

/* What a connection is doing. OVER is final: its last answer was written, or it was given up. */
enum watch_state { WATCH_IDLE, WATCH_RECEIVING, WATCH_HANDLING, WATCH_ANSWERING, WATCH_OVER };

/* One connection as the reaper sees it. Belongs to the connection's thread, which alone moves it on, but for
 * the reaper's moves IDLE → RECEIVING (a first byte came) and any but HANDLING → OVER. */
struct watch {
    struct watch *next, *previous;
    int fd;
    _Atomic uint64_t phase;   /* monotonic ns since when, its lowest 3 bits replaced by the state */
    uint64_t bytes_before;    /* the reaper's: bytes received when the connection became idle */
    uint64_t bytes_phase;     /* the reaper's: the idle phase that bytes_before belongs to */
    uint64_t abandoned_phase; /* the reaper's: the phase in which the peer was first seen to have ended */
    enum http_method method;  /* these three: written by the connection's thread while HANDLING only */
    const struct http_route *route; /* NULL: none yet */
    struct http_trace trace;        /* "" until the head is complete */
};

struct reaper;

/* Starts its thread; OPTIONS must outlive it. */
bool reaper_open(const struct server_options *options, struct reaper **out, struct error *err) MUST_USE;
/* Ends the thread and closes what lingers; no watch may be left. */
void reaper_close(struct reaper **reaper);

/* From now until reaper_remove, which must come before FD is closed, the connection on FD is watched. */
void reaper_add(struct reaper *reaper, struct watch *w, int fd);
void reaper_remove(struct reaper *reaper, struct watch *w);
/* How many connections are watched. Any thread. */
unsigned reaper_count(const struct reaper *reaper);
/* How many connections it has ended for REASON. Any thread. */
uint64_t reaper_ended(const struct reaper *reaper, enum server_end reason);

/* Takes over the socket of FD (by a duplicate) after its last answer: closing it while the peer still sends
 * would make the kernel discard an answer that the peer has not read (RFC 9112 §9.6). What comes in is thrown
 * away until the peer ends or a second has passed. */
void reaper_linger(struct reaper *reaper, int fd);

/* The connection's thread says where it is. begin: a request line is there; *started_ns says since when the
 * request counts. hold: from here the reaper keeps off. Both return false when the reaper has ended the
 * connection; then nothing may be answered any more. */
bool watch_begin(struct watch *w, int64_t now_ns, int64_t *started_ns) MUST_USE;
bool watch_hold(struct watch *w) MUST_USE;
/* HANDLING → RECEIVING, the clock of the request going on. */
void watch_receive(struct watch *w, int64_t started_ns);
void watch_answer(struct watch *w, int64_t now_ns);
void watch_over(struct watch *w, int64_t now_ns);
/* After the request; keeps OVER. */
void watch_rest(struct watch *w, int64_t now_ns);
bool watch_is_over(const struct watch *w);

#endif
