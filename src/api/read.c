/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, in which dialect; and the answer in that dialect. */
#include "api/read.h"

#define NAMES_MAX 256

bool read_run(void *context, const struct http_request *request, read_steps *steps,
              struct http_response *response, struct error *err)
{
    const struct api *api = context;
    struct catalog *catalog = catalog_slot_get(api->catalog);
    struct reading r = {.api = api, .http = request, .catalog = catalog};
    bool answered = steps(&r, response, err);
    catalog_release(&catalog);
    return answered;
}

static int64_t now_ns(const struct reading *r)
{
    return r->api->clock->monotonic_ns(r->api->clock->context);
}

void read_mark(struct reading *r)
{
    r->mark_ns = now_ns(r);
}

int64_t read_note_time(struct reading *r, const char *name)
{
    int64_t now = now_ns(r), duration = now - r->mark_ns;
    http_request_note(r->http, name, duration / 1000);
    r->mark_ns = now;
    return duration;
}

bool read_identify(struct reading *r, struct error *err)
{
    const struct clock *clock = r->api->clock;
    struct credentials presented = {.now_s = clock->wall_ms(clock->context) / 1000};
    size_t count;
    if (!http_request_header(r->http, "Authorization", &presented.header, &count))
        return error_set(err, ERROR_AUTH_HEADER, "%zu Authorization headers", count);
    read_mark(r);
    bool good = authenticate(r->api->authenticator, &presented, r->http->arena, &r->principal, err);
    (void)read_note_time(r, "auth_us");
    return good;
}

/* The header NAME, absent where it is; false when it is there more than once. */
static bool find_version(const struct reading *r, const char *name, struct text *out)
{
    size_t count;
    *out = (struct text){NULL, 0};
    return http_request_header(r->http, name, out, &count) || count == 0;
}

/* The contracts that could have been sent, for an error's text. */
static bool name_contracts(const struct reading *r, bool with_metadata, struct text *out, struct error *err)
{
    struct buffer b;
    buffer_init(&b, r->http->arena, NAMES_MAX);
    batch_dialect_names(with_metadata, &b);
    return buffer_finish(&b, ERROR_INTERNAL, out, err);
}

static bool refuse_contract(const struct reading *r, struct error *err)
{
    struct text names;
    if (!name_contracts(r, false, &names, err))
        return false;
    return error_refuse(
        err, ERROR_CONTRACT_VERSION,
        "That contract version is not served; send x-xbl-contract-version: %.*s, or no such header.",
        TEXT_ARG(names));
}

static bool refuse_metadata(const struct reading *r, struct error *err)
{
    struct text names;
    if (!name_contracts(r, true, &names, err))
        return false;
    return error_refuse(err, ERROR_QUERY,
                        "include: is not served in this contract; send x-xbl-contract-version: %.*s or leave "
                        "it out.",
                        TEXT_ARG(names));
}

bool read_choose_dialect(struct reading *r, struct error *err)
{
    struct text contract, service;
    bool single = find_version(r, "x-xbl-contract-version", &contract);
    const struct batch_dialect *dialect = single ? batch_dialect_find(contract) : NULL;
    if (dialect == NULL)
        return refuse_contract(r, err);
    if (!find_version(r, "X-RequestedServiceVersion", &service) ||
        (service.data != NULL && !text_equals(service, text_of("1"))))
        return error_set(err, ERROR_SERVICE_VERSION, "X-RequestedServiceVersion is not 1");
    r->dialect = dialect;
    return true;
}

bool read_choose_metadata(struct reading *r, struct error *err)
{
    struct text include;
    bool found;
    if (!http_request_parameter(r->http, "include", &include, &found, err))
        return false;
    if (found && !text_equals(include, text_of("valuemetadata")))
        return error_refuse(
            err, ERROR_QUERY,
            "include: only \"valuemetadata\" is served; send include=valuemetadata or leave it "
            "out.");
    if (found && !r->dialect->has_metadata)
        return refuse_metadata(r, err);
    r->with_metadata = found;
    return true;
}

bool read_answer(struct reading *r, batch_writer *write, struct http_response *response, struct error *err)
{
    const struct batch_result result = {.asked = &r->asked,
                                        .gamertags = r->found.gamertags,
                                        .lists = r->lists,
                                        .groups = r->groups,
                                        .values = r->found.values,
                                        .column_count = r->column_count,
                                        .with_metadata = r->with_metadata};
    struct buffer b;
    struct text body;
    buffer_init(&b, r->http->arena, r->api->max_answer_bytes);
    write(&result, &b);
    (void)read_note_time(r, "write_us");
    if (!buffer_finish(&b, ERROR_BATCH_LIMIT, &body, err))
        return false;
    http_response_json(response, body);
    return true;
}
