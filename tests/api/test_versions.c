/* SPDX-License-Identifier: Apache-2.0 */
/* Which dialect the version headers choose, on both endpoints; a 406 for every other. */
#include "api/service.h"

static const struct {
    const char *contract, *again, *service;
    const char *holds; /* what tells the dialect of an answer; NULL: refused */
    enum error_code code;
} cases[] = {
    {NULL, NULL, NULL, "\"value\":7", ERROR_NONE},
    {NULL, NULL, "1", "\"value\":7", ERROR_NONE},
    {"1", NULL, NULL, "\"statname\":\"Test4FirefightKills\",\"type\":\"Integer\",\"value\":\"7\"",
     ERROR_NONE},
    {"1", NULL, "1", "\"statname\":\"Test4FirefightKills\",\"type\":\"Integer\",\"value\":\"7\"", ERROR_NONE},
    {"2", NULL, NULL, "\"name\":\"Test4FirefightKills\",\"type\":\"Integer\",\"value\":\"7\"", ERROR_NONE},
    {"2", NULL, "1", "\"name\":\"Test4FirefightKills\",\"type\":\"Integer\",\"value\":\"7\"", ERROR_NONE},
    {"3", NULL, NULL, "\"name\":\"Test4FirefightKills\",\"type\":\"Integer\",\"value\":\"7\"", ERROR_NONE},
    {"3", NULL, "1", "\"name\":\"Test4FirefightKills\",\"type\":\"Integer\",\"value\":\"7\"", ERROR_NONE},
    {"", NULL, NULL, NULL, ERROR_CONTRACT_VERSION},
    {"0", NULL, NULL, NULL, ERROR_CONTRACT_VERSION},
    {"4", NULL, NULL, NULL, ERROR_CONTRACT_VERSION},
    {"01", NULL, NULL, NULL, ERROR_CONTRACT_VERSION},
    {"2 ", NULL, NULL, NULL, ERROR_CONTRACT_VERSION}, /* the carrier trims; what it leaves counts */
    {"+2", NULL, NULL, NULL, ERROR_CONTRACT_VERSION},
    {"2.0", NULL, NULL, NULL, ERROR_CONTRACT_VERSION},
    {"1,2", NULL, NULL, NULL, ERROR_CONTRACT_VERSION},
    {"vnext", NULL, NULL, NULL, ERROR_CONTRACT_VERSION},
    {"18446744073709551617", NULL, NULL, NULL, ERROR_CONTRACT_VERSION},
    {"2", "2", NULL, NULL, ERROR_CONTRACT_VERSION},
    {"1", "2", NULL, NULL, ERROR_CONTRACT_VERSION},
    {NULL, NULL, "", NULL, ERROR_SERVICE_VERSION},
    {NULL, NULL, "0", NULL, ERROR_SERVICE_VERSION},
    {NULL, NULL, "2", NULL, ERROR_SERVICE_VERSION},
    {"2", NULL, "2", NULL, ERROR_SERVICE_VERSION},
    {"3", NULL, "01", NULL, ERROR_SERVICE_VERSION},
    {"3", NULL, "1 ", NULL, ERROR_SERVICE_VERSION},
    {"4", NULL, "2", NULL, ERROR_CONTRACT_VERSION},
};

/* One body for all: contracts 2 and 3 read other members than the documented dialect. */
#define EVERY_BODY                                                                                           \
    "{\"requestedusers\":[" SAINT "],\"requestedscids\":[" SCID(                                             \
        FIRST, "\"Test4FirefightKills\"") "],\"xuids\":[" SAINT                                              \
                                          "],\"stats\":[{\"name\":\"Test4FirefightKills\",\"scid\":\"" FIRST \
                                          "\"}]}"

static void try_case(size_t i, const struct ask *ask)
{
    struct exchange x;
    send_ask(&x, ask);
    ck_assert_msg(x.err.code == cases[i].code, "%zu: %s", i, error_operator_text(&x.err));
    ck_assert_msg(x.response.status == (cases[i].holds == NULL ? 406 : 200), "%zu: %d", i, x.response.status);
    ck_assert_msg(cases[i].holds == NULL || strstr(x.response.body.data, cases[i].holds) != NULL, "%zu: %.*s",
                  i, TEXT_ARG(x.response.body));
    arena_reset(&x.arena);
}

START_TEST(on_both_endpoints)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ask ask = {.caller = SAINT_CALLS,
                          .contract = cases[i].contract,
                          .contract_again = cases[i].again,
                          .service_version = cases[i].service,
                          .body = EVERY_BODY};
        try_case(i, &ask);
        ask.path = "/users/xuid(" SAINT ")/scids/" FIRST "/stats/Test4FirefightKills";
        try_case(i, &ask);
    }
}
END_TEST

/* The service version may not be repeated either. */
START_TEST(a_repeated_service_version)
{
    struct exchange x;
    prepare(&x, &(struct ask){.caller = SAINT_CALLS, .service_version = "1", .body = EVERY_BODY},
            ARENA_LIMIT);
    add_header(&x, "X-RequestedServiceVersion", "1");
    http_answer(&service.router, &x.request, NULL, &x.response, &x.err);
    ck_assert_int_eq(x.response.status, 406);
    ck_assert_int_eq(x.err.code, ERROR_SERVICE_VERSION);
    arena_reset(&x.arena);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("versions");
    TCase *t = service_case("versions");
    tcase_add_test(t, on_both_endpoints);
    tcase_add_test(t, a_repeated_service_version);
    suite_add_tcase(s, t);
    return s;
}
