/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "model/xuid.h"
#include "support/run.h"

static void accept(uint64_t xuid)
{
    char digits[32];
    uint64_t read = 0;
    snprintf(digits, sizeof digits, "%" PRIu64, xuid);
    ck_assert_msg(xuid_parse(text_of(digits), &read), "%s is an xuid", digits);
    ck_assert_msg(read == xuid, "%s became %" PRIu64, digits, read);
}

START_TEST(accepts_every_bit_length)
{
    for (int bit = 0; bit < 64; bit++) {
        uint64_t power = (uint64_t)1 << bit;
        accept(power);
        accept(power + power / 2);
        accept(power | (power - 1));
    }
    accept(UINT64_MAX);
    accept(9007199254740993); /* 2^53 + 1, which no double holds */
}
END_TEST

START_TEST(accepts_a_walk_over_the_range)
{
    uint64_t xuid = 1;
    for (int i = 0; i < 20000; i++) {
        xuid = xuid * 6364136223846793005u + 1442695040888963407u;
        accept(xuid == 0 ? 1 : xuid);
    }
}
END_TEST

START_TEST(refuses)
{
    static const struct {
        const char *name;
        struct text bytes;
    } rows[] = {
        {"absent", {NULL, 0}},
        {"empty", {"", 0}},
        {"zero", {"0", 1}},
        {"leading zero", {"01", 2}},
        {"plus", {"+1", 2}},
        {"minus", {"-1", 2}},
        {"one more than 64 bits", {"18446744073709551616", 20}},
        {"a multiple of 2^64 and one", {"36893488147419103233", 20}},
        {"21 digits", {"100000000000000000000", 21}},
        {"space before", {" 1", 2}},
        {"space behind", {"1 ", 2}},
        {"line end", {"1\n", 2}},
        {"NUL behind", {"1\0", 2}},
        {"hexadecimal", {"0x10", 4}},
        {"letter", {"12a4", 4}},
        {"exponent", {"1e3", 3}},
        {"fraction", {"1.0", 3}},
        {"Arabic-Indic digit", {"\xD9\xA1", 2}},
        {"character before '0'", {"1/", 2}},
        {"character after '9'", {"1:", 2}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t out = 77;
        ck_assert_msg(!xuid_parse(rows[i].bytes, &out), "%s", rows[i].name);
        ck_assert_msg(out == 77, "%s: the out was touched", rows[i].name);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("model/xuid");
    TCase *c = tcase_create("xuid");
    tcase_add_test(c, accepts_every_bit_length);
    tcase_add_test(c, accepts_a_walk_over_the_range);
    tcase_add_test(c, refuses);
    suite_add_tcase(s, c);
    return s;
}
