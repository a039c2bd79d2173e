/* SPDX-License-Identifier: Apache-2.0 */
/* POST /batch, as a list of steps in the order of docs/api.md: who asks, how often, in which dialect, for
 * what; does it exist, may it be read; then one read of the store, and the answer. Names and policy are
 * settled before the store is asked, so that a denied value is never even read. Awkward: `[]` means what the
 * caller may read, so that the size of a batch is known for good only after the policy has spoken. */
#include "api/api.h"
#include "api/handlers.h"
#include "limit.h"
#include "policy/policy.h"

/* One request; each step fills in what later ones read. All but the catalog lives in the request's arena. */
struct call {
    const struct api *api;
    const struct http_request *http;
    const struct catalog *catalog; /* one and the same from the first look-up to the answer */
    struct principal principal;
    enum batch_dialect dialect;
    struct batch asked;
    struct policy_question question;
    const struct service_config **configs; /* of each scid asked for */
    struct batch_result_scid *chosen;      /* of each scid: what is answered */
    size_t chosen_count;                   /* statistics of all scids together */
    struct store_answer found;
};

static bool identify(struct call *c, struct error *err)
{
    const struct clock *clock = c->api->clock;
    struct credentials presented = {.now_s = clock->wall_ms(clock->context) / 1000};
    size_t count;
    if (!http_request_header(c->http, "Authorization", &presented.header, &count))
        return error_set(err, ERROR_AUTH_HEADER, "%zu Authorization headers", count);
    return authenticate(c->api->authenticator, &presented, c->http->arena, &c->principal, err);
}

/* Whether header NAME is absent or a single "1"; *present says which. */
static bool version_is_served(const struct call *c, const char *name, bool *present)
{
    struct text version;
    size_t count;
    bool single = http_request_header(c->http, name, &version, &count);
    *present = count > 0;
    return count == 0 || (single && text_equals(version, text_of("1")));
}

static bool choose_dialect(struct call *c, struct error *err)
{
    bool has_contract, has_service;
    if (!version_is_served(c, "x-xbl-contract-version", &has_contract))
        return error_set(err, ERROR_CONTRACT_VERSION, "x-xbl-contract-version is not 1");
    if (!version_is_served(c, "X-RequestedServiceVersion", &has_service))
        return error_set(err, ERROR_SERVICE_VERSION, "X-RequestedServiceVersion is not 1");
    c->dialect = has_contract ? BATCH_CONTRACT_1 : BATCH_DOCUMENTED;
    return true;
}

/* XSAPI sends `?operation=read`; other operations belong to services that this is not. */
static bool check_operation(struct call *c, struct error *err)
{
    struct text operation;
    bool found;
    if (!http_request_parameter(c->http, "operation", &operation, &found, err))
        return false;
    if (found && !text_equals(operation, text_of("read")))
        return error_refuse(err, ERROR_QUERY,
                            "operation: only \"read\" is served; send operation=read or leave it out.");
    return true;
}

static bool parse(struct call *c, struct error *err)
{
    if (!batch_parse(c->http->body, &c->api->limits, c->http->arena, &c->asked, err))
        return false;
    c->question = (struct policy_question){&c->principal, c->asked.xuids, c->asked.xuid_count};
    return true;
}

static bool resolve_scids(struct call *c, struct error *err)
{
    size_t count = c->asked.scid_count;
    c->configs = arena_alloc_array(c->http->arena, count, sizeof(const struct service_config *), err);
    if (c->configs == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct text scid = c->asked.scids[i].scid;
        c->configs[i] = catalog_find_scid(c->catalog, scid);
        if (c->configs[i] == NULL)
            return error_refuse(err, ERROR_SCID_UNKNOWN,
                                "scid %.*s is not configured here; check it, or leave it out.",
                                TEXT_ARG(scid));
    }
    return true;
}

static bool check_sandboxes(struct call *c, struct error *err)
{
    for (size_t i = 0; i < c->asked.scid_count; i++) {
        if (!policy_require_sandbox(&c->principal, c->configs[i], err))
            return false;
    }
    return true;
}

/* The statistics that scid I names. A name that the scid does not declare has no value for anyone, so that it
 * is left out like any other statistic without a value. */
static bool choose_named(struct call *c, size_t i, struct error *err)
{
    const struct batch_scid *asked = &c->asked.scids[i];
    size_t count = 0;
    const struct statistic **statistics =
        arena_alloc_array(c->http->arena, asked->name_count, sizeof(const struct statistic *), err);
    if (statistics == NULL)
        return false;
    for (size_t n = 0; n < asked->name_count; n++) {
        const struct statistic *s = catalog_find_statistic(c->catalog, c->configs[i], asked->names[n]);
        if (s == NULL)
            continue;
        if (!policy_require_statistic(&c->question, c->configs[i], s, err))
            return false;
        statistics[count++] = s;
    }
    c->chosen[i] = (struct batch_result_scid){asked->scid, statistics, count};
    c->chosen_count += count;
    return true;
}

static size_t count_readable(const struct call *c, const struct service_config *config)
{
    size_t count = 0;
    for (size_t s = 0; s < config->statistic_count; s++)
        count += policy_statistic_is_readable(&c->question, config, &config->statistics[s]);
    return count;
}

/* All statistics of scid I that the caller may read, counted before they are listed: the batch may be too
 * large with them. */
static bool choose_readable(struct call *c, size_t i, struct error *err)
{
    const struct service_config *config = c->configs[i];
    size_t readable = count_readable(c, config), count = 0;
    if (!batch_check_size(c->asked.xuid_count, c->chosen_count + readable, &c->api->limits, err))
        return false;
    const struct statistic **statistics =
        arena_alloc_array(c->http->arena, readable, sizeof(const struct statistic *), err);
    if (statistics == NULL)
        return false;
    for (size_t s = 0; s < config->statistic_count; s++) {
        if (policy_statistic_is_readable(&c->question, config, &config->statistics[s]))
            statistics[count++] = &config->statistics[s];
    }
    c->chosen[i] = (struct batch_result_scid){c->asked.scids[i].scid, statistics, count};
    c->chosen_count += count;
    return true;
}

/* What is named first: a refusal of it (403) comes before one of the size (400). */
static bool choose_statistics(struct call *c, struct error *err)
{
    c->chosen = arena_alloc_array(c->http->arena, c->asked.scid_count, sizeof *c->chosen, err);
    if (c->chosen == NULL)
        return false;
    for (size_t i = 0; i < c->asked.scid_count; i++) {
        if (c->asked.scids[i].name_count > 0 && !choose_named(c, i, err))
            return false;
    }
    for (size_t i = 0; i < c->asked.scid_count; i++) {
        if (c->asked.scids[i].name_count == 0 && !choose_readable(c, i, err))
            return false;
    }
    return true;
}

static bool read_values(struct call *c, struct error *err)
{
    const struct clock *clock = c->api->clock;
    size_t at = 0;
    uint32_t *ids = arena_alloc_array(c->http->arena, c->chosen_count, sizeof *ids, err);
    if (ids == NULL)
        return false;
    for (size_t i = 0; i < c->asked.scid_count; i++) {
        for (size_t s = 0; s < c->chosen[i].statistic_count; s++)
            ids[at++] = c->chosen[i].statistics[s]->id;
    }
    if (clock->monotonic_ns(clock->context) >= c->http->deadline_ns)
        return error_set(err, ERROR_DEADLINE, "the deadline passed before the store was asked");
    const struct store_query query = {.xuids = c->asked.xuids,
                                      .xuid_count = c->asked.xuid_count,
                                      .statistic_ids = ids,
                                      .statistic_count = at,
                                      .deadline_ns = c->http->deadline_ns};
    return store_read_values(c->api->store, &query, c->http->arena, &c->found, err);
}

/* A value of another type than the declared one was not written by us. Whatever it is, it is not the answer.
 */
static bool check_type(const struct value *v, const struct statistic *declared, struct error *err)
{
    if (v->type == STATISTIC_TYPE_NONE || v->type == declared->type)
        return true;
    return error_set(err, ERROR_INTERNAL, "a stored value of %.*s is no %.*s", TEXT_ARG(declared->name),
                     TEXT_ARG(statistic_type_name(declared->type)));
}

static bool check_types(const struct call *c, struct error *err)
{
    const struct value *v = c->found.values;
    for (size_t user = 0; user < c->asked.xuid_count; user++) {
        for (size_t i = 0; i < c->asked.scid_count; i++) {
            for (size_t s = 0; s < c->chosen[i].statistic_count; s++) {
                if (!check_type(v++, c->chosen[i].statistics[s], err))
                    return false;
            }
        }
    }
    return true;
}

static bool write_answer(const struct call *c, struct http_response *response, struct error *err)
{
    const struct batch_result result = {.xuids = c->asked.xuids,
                                        .gamertags = c->found.gamertags,
                                        .xuid_count = c->asked.xuid_count,
                                        .scids = c->chosen,
                                        .scid_count = c->asked.scid_count,
                                        .values = c->found.values};
    struct buffer b;
    struct text body;
    buffer_init(&b, c->http->arena, c->api->max_answer_bytes);
    batch_result_write(c->dialect, &result, &b);
    if (!buffer_finish(&b, ERROR_BATCH_LIMIT, &body, err))
        return false;
    http_response_json(response, body);
    return true;
}

static bool answer(struct call *c, struct http_response *response, struct error *err)
{
    return identify(c, err) && api_limit(c->api, &c->principal, c->http, response, err) &&
           choose_dialect(c, err) && check_operation(c, err) && parse(c, err) && resolve_scids(c, err) &&
           check_sandboxes(c, err) && choose_statistics(c, err) && read_values(c, err) &&
           check_types(c, err) && write_answer(c, response, err);
}

bool api_batch_post(void *context, const struct http_request *request, struct http_response *response,
                    struct error *err)
{
    const struct api *api = context;
    struct catalog *catalog = catalog_slot_get(api->catalog);
    struct call c = {.api = api, .http = request, .catalog = catalog};
    bool answered = answer(&c, response, err);
    catalog_release(&catalog);
    return answered;
}
