/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that the endpoints which read statistics share: who asks, in which dialect; what that names,
 * whether it may be read; one read of the store; the answer. */
#ifndef USERSTATS_API_READ_H
#define USERSTATS_API_READ_H

#include "api/api.h"
#include "policy/policy.h"

/* One request; each step fills in what later ones read. All but the catalog lives in the request's arena. */
struct reading {
    const struct api *api;
    const struct http_request *http;
    const struct catalog *catalog; /* one and the same from the first look-up to the answer */
    struct principal principal;
    const struct batch_dialect *dialect;
    bool with_metadata;
    struct batch asked;              /* read_resolve and later steps */
    struct batch_result_stat *stats; /* what all of it resolves to, list by list, then group by group */
    size_t stat_count;
    struct batch_result_list *lists, *groups; /* parts of stats */
    const struct statistic **columns;         /* the different ones among them */
    size_t column_count;
    struct store_answer found;
    int64_t mark_ns; /* when the last step that is timed began */
};

/* Starts the clock of a step; notes how long it took, as NAME in the log, and returns that. */
void read_mark(struct reading *r);
int64_t read_note_time(struct reading *r, const char *name);

/* Answers one request: a list of the steps below. */
typedef bool read_steps(struct reading *r, struct http_response *response, struct error *err);
/* Runs STEPS with one catalog. CONTEXT is a handler's. */
bool read_run(void *context, const struct http_request *request, read_steps *steps,
              struct http_response *response, struct error *err) MUST_USE;

/* The principal, from Authorization (401). */
bool read_identify(struct reading *r, struct error *err) MUST_USE;
/* The dialect, from the version headers (406). */
bool read_choose_dialect(struct reading *r, struct error *err) MUST_USE;
/* Whether metadata is asked for, from ?include (400). */
bool read_choose_metadata(struct reading *r, struct error *err) MUST_USE;
/* What r->asked names (404), each of which the caller may read (403), within the limits (400). */
bool read_resolve(struct reading *r, struct error *err) MUST_USE;
/* The values, in one read of the store, of the declared types. */
bool read_values(struct reading *r, struct error *err) MUST_USE;
/* The answer, as WRITE puts it. */
bool read_answer(struct reading *r, batch_writer *write, struct http_response *response,
                 struct error *err) MUST_USE;

#endif
