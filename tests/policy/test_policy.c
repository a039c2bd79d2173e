/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of grant against every kind of caller; whatever is absent or unknown denies. */
#include "policy/policy.h"

#include <string.h>

#include "support/run.h"

#define TEXT(s)                                                                                              \
    {                                                                                                        \
        s, sizeof(s) - 1                                                                                     \
    }
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct principal_user saint = {TEXT("1111"), 1001, TEXT("WarriorSaint")};
static const struct principal_user shark = {TEXT("2222"), 1002, TEXT("TigerShark")};
static const struct principal_user nameless = {TEXT("3333"), 0, TEXT("NoXuid")};

/* Who asks. All but `elsewhere` and `nowhere` come with RETAIL. */
enum caller_kind { SAINT, SHARK, ANYBODY, NAMELESS, BARE, CALLER_KINDS };

static const char *const caller_names[CALLER_KINDS] = {"saint", "shark", "anybody (*)", "nameless", "bare"};

static const struct principal callers[CALLER_KINDS] = {
    [SAINT] = {.sandbox = TEXT("RETAIL"),
               .title_id = 77,
               .device_type = TEXT("XboxOne"),
               .device_id = TEXT("F9-01"),
               .users = &saint,
               .user_count = 1,
               .caller = &saint},
    [SHARK] = {.sandbox = TEXT("RETAIL"),
               .title_id = 88,
               .device_type = TEXT("Win32"),
               .device_id = TEXT("F9-02"),
               .users = &shark,
               .user_count = 1,
               .caller = &shark},
    /* `*`: the token speaks of a user, but nobody in particular calls */
    [ANYBODY] = {.sandbox = TEXT("RETAIL"),
                 .title_id = 77,
                 .device_type = TEXT("XboxOne"),
                 .device_id = TEXT("F9-01"),
                 .users = &saint,
                 .user_count = 1,
                 .caller = NULL},
    [NAMELESS] = {.sandbox = TEXT("RETAIL"), .users = &nameless, .user_count = 1, .caller = &nameless},
    [BARE] = {.sandbox = TEXT("RETAIL")},
};

static const uint64_t about_saint[] = {1001};
static const uint64_t about_both[] = {1001, 1002};
static const uint64_t about_zero[] = {0};
static const uint64_t owners[] = {55, 77};
static const uint64_t owner_zero[] = {0};

#define GRANT(kind_, number_, subject_)                                                                      \
    {                                                                                                        \
        .kind = kind_, .number = number_, .subject = TEXT(subject_)                                          \
    }

static const struct grant title_77 = GRANT(GRANT_TITLE, 77, "");
static const struct grant title_0 = GRANT(GRANT_TITLE, 0, "");
static const struct grant xbox = GRANT(GRANT_DEVICE, 0, "XboxOne");
static const struct grant xbox_lower = GRANT(GRANT_DEVICE, 0, "xboxone");
static const struct grant device_id = GRANT(GRANT_DEVICE, 0, "F9-02");
static const struct grant device_empty = GRANT(GRANT_DEVICE, 0, "");
static const struct grant device_absent = {.kind = GRANT_DEVICE};
static const struct grant user_1002 = GRANT(GRANT_USER, 1002, "");
static const struct grant user_1001 = GRANT(GRANT_USER, 1001, "");
static const struct grant user_0 = GRANT(GRANT_USER, 0, "");
static const struct grant self = GRANT(GRANT_SELF, 0, "");
static const struct grant none = GRANT(GRANT_NONE, 77, "XboxOne");
static const struct grant unknown = GRANT((enum grant_kind)99, 77, "XboxOne");
static const struct grant several[] = {GRANT(GRANT_NONE, 0, ""), GRANT(GRANT_USER, 1002, ""),
                                       GRANT(GRANT_TITLE, 77, "")};

#define ALONE(xuids_) .xuids = xuids_, .xuid_count = COUNT(xuids_)
#define ONE(grant_)   .grants = &(grant_), .grant_count = 1
#define ADMITS(...)   .admitted = {__VA_ARGS__}

struct grant_case {
    const char *name;
    const struct grant *grants;
    size_t grant_count;
    const uint64_t *xuids;
    size_t xuid_count;
    bool admitted[CALLER_KINDS];
};

static const struct grant_case grant_cases[] = {
    {"no grant: the owners", ALONE(about_both), ADMITS([SAINT] = true, [ANYBODY] = true)},
    {"title", ONE(title_77), ALONE(about_both), ADMITS([SAINT] = true, [ANYBODY] = true)},
    {"title 0 matches no absent title", ONE(title_0), ALONE(about_both), ADMITS([SAINT] = false)},
    {"device type", ONE(xbox), ALONE(about_both), ADMITS([SAINT] = true, [ANYBODY] = true)},
    {"device type in another case", ONE(xbox_lower), ALONE(about_both), ADMITS([SAINT] = false)},
    {"device id", ONE(device_id), ALONE(about_both), ADMITS([SHARK] = true)},
    {"empty device matches no absent device", ONE(device_empty), ALONE(about_both), ADMITS([SAINT] = false)},
    {"absent device matches no absent device", ONE(device_absent), ALONE(about_both),
     ADMITS([SAINT] = false)},
    {"user", ONE(user_1002), ALONE(about_both), ADMITS([SHARK] = true)},
    {"user, whose token `*` brings", ONE(user_1001), ALONE(about_both), ADMITS([SAINT] = true)},
    {"user 0 matches no absent xuid", ONE(user_0), ALONE(about_both), ADMITS([SAINT] = false)},
    {"self, about itself", ONE(self), ALONE(about_saint), ADMITS([SAINT] = true)},
    {"self, about another too", ONE(self), ALONE(about_both), ADMITS([SAINT] = false)},
    {"self, about nobody", ONE(self), .xuids = about_saint, .xuid_count = 0, ADMITS([SAINT] = false)},
    {"self, about xuid 0", ONE(self), ALONE(about_zero), ADMITS([SAINT] = false)},
    {"a grant to nobody", ONE(none), ALONE(about_saint), ADMITS([SAINT] = false)},
    {"an unknown kind of grant", ONE(unknown), ALONE(about_saint), ADMITS([SAINT] = false)},
    {"any of several", .grants = several, .grant_count = COUNT(several), ALONE(about_both),
     ADMITS([SAINT] = true, [SHARK] = true, [ANYBODY] = true)},
};

static struct service_config config_of(const char *sandbox)
{
    return (struct service_config){.scid = TEXT("c402ff50-3e76-11e2-a25f-0800200c1212"),
                                   .sandbox = text_of(sandbox),
                                   .title_ids = owners,
                                   .title_id_count = COUNT(owners)};
}

/* Asks both forms of the question; they must agree. */
static bool is_admitted(const struct policy_question *q, const struct service_config *config,
                        const struct statistic *statistic, enum error_code expected)
{
    struct error err = {.code = ERROR_NONE};
    bool readable = policy_statistic_is_readable(q, config, statistic);
    ck_assert_int_eq(policy_require_statistic(q, config, statistic, &err), readable);
    ck_assert_int_eq(err.code, readable ? ERROR_NONE : expected);
    return readable;
}

START_TEST(grants_admit_whom_they_name)
{
    const struct service_config config = config_of("RETAIL");
    for (size_t i = 0; i < COUNT(grant_cases); i++) {
        const struct grant_case *c = &grant_cases[i];
        const struct statistic rating = {
            .name = TEXT("SkillRating"), .grants = c->grants, .grant_count = c->grant_count};
        for (int who = 0; who < CALLER_KINDS; who++) {
            const struct policy_question q = {&callers[who], c->xuids, c->xuid_count};
            ck_assert_msg(is_admitted(&q, &config, &rating, ERROR_ACCESS_DENIED) == c->admitted[who],
                          "%s, asked by %s: expected %d", c->name, caller_names[who], c->admitted[who]);
        }
    }
}
END_TEST

START_TEST(an_open_statistic_is_for_all_in_its_sandbox)
{
    const struct service_config config = config_of("RETAIL");
    const struct statistic kills = {
        .name = TEXT("Kills"), .access = STATISTIC_OPEN, .grants = &none, .grant_count = 1};
    for (int who = 0; who < CALLER_KINDS; who++) {
        const struct policy_question q = {&callers[who], about_both, 2};
        ck_assert_msg(is_admitted(&q, &config, &kills, ERROR_NONE), "asked by %s", caller_names[who]);
    }
}
END_TEST

START_TEST(an_unknown_access_is_for_nobody)
{
    const struct service_config config = config_of("RETAIL");
    const struct statistic odd = {
        .name = TEXT("Odd"), .access = (enum statistic_access)7, .grants = &title_77, .grant_count = 1};
    const struct policy_question q = {&callers[SAINT], about_saint, 1};
    ck_assert(!is_admitted(&q, &config, &odd, ERROR_ACCESS_DENIED));
}
END_TEST

START_TEST(owners_without_a_number_own_nothing)
{
    struct service_config config = config_of("RETAIL");
    config.title_ids = owner_zero;
    config.title_id_count = 1;
    const struct statistic rating = {.name = TEXT("SkillRating")};
    const struct policy_question q = {&callers[BARE], about_saint, 1};
    ck_assert(!is_admitted(&q, &config, &rating, ERROR_ACCESS_DENIED));
}
END_TEST

START_TEST(a_sandbox_is_exact)
{
    static const struct {
        const char *name, *of_config, *of_token;
        bool right;
    } cases[] = {
        {"the same", "RETAIL", "RETAIL", true},         {"another case", "RETAIL", "Retail", false},
        {"a prefix", "XDKS.1", "XDKS", false},          {"longer", "XDKS", "XDKS.1", false},
        {"absent in the token", "RETAIL", NULL, false}, {"empty in the token", "RETAIL", "", false},
        {"absent in both", NULL, NULL, false},          {"empty in both", "", "", false},
    };
    const struct statistic kills = {.name = TEXT("Kills"), .access = STATISTIC_OPEN};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {.code = ERROR_NONE};
        const struct service_config config = config_of(cases[i].of_config);
        struct principal p = callers[SAINT];
        p.sandbox = text_of(cases[i].of_token);
        const struct policy_question q = {&p, about_saint, 1};
        ck_assert_msg(policy_require_sandbox(&p, &config, &err) == cases[i].right, "%s", cases[i].name);
        ck_assert_msg(is_admitted(&q, &config, &kills, ERROR_SANDBOX_DENIED) == cases[i].right, "%s",
                      cases[i].name);
    }
}
END_TEST

START_TEST(a_refusal_names_statistic_and_scid_only)
{
    struct error err;
    const struct service_config config = config_of("RETAIL");
    const struct statistic rating = {.name = TEXT("SkillRating")};
    const struct policy_question q = {&callers[SHARK], about_saint, 1};
    ck_assert(!policy_require_statistic(&q, &config, &rating, &err));
    ck_assert_ptr_nonnull(strstr(err.message, "SkillRating"));
    ck_assert_ptr_nonnull(strstr(err.message, "c402ff50-3e76-11e2-a25f-0800200c1212"));
    const struct service_config secret = config_of("SECRET.9");
    ck_assert(!policy_require_statistic(&q, &secret, &rating, &err));
    ck_assert_ptr_null(strstr(err.message, "SECRET.9"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("policy");
    TCase *t = tcase_create("policy");
    tcase_add_test(t, grants_admit_whom_they_name);
    tcase_add_test(t, an_open_statistic_is_for_all_in_its_sandbox);
    tcase_add_test(t, an_unknown_access_is_for_nobody);
    tcase_add_test(t, owners_without_a_number_own_nothing);
    tcase_add_test(t, a_sandbox_is_exact);
    tcase_add_test(t, a_refusal_names_statistic_and_scid_only);
    suite_add_tcase(s, t);
    return s;
}
