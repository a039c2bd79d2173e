/* SPDX-License-Identifier: Apache-2.0 */
/* Many different signed tokens at once, for a load that is like the live one: each of another user, each as
 * long as the live issuer's (some 1.2 KB), as its list of privileges makes them. usage: tokens KEY.pem COUNT
 * good|bad; prints COUNT lines, each the value of an Authorization header. "bad": one bit of the signature is
 * wrong. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jose/signing.h"

#define FIRST_XUID UINT64_C(2533274790395905)
#define LIFETIME_S 86400

static const char privileges[] = "184 185 186 187 188 190 191 192 193 194 195 196 197 198 199 200 201 203 "
                                 "204 205 206 207 208 211 214 215 216 217 "
                                 "220 224 227 228 230 235 238 245 247 249 252 254 255 301 302 303 304 305 "
                                 "306 307 308 309 310 311 312 313 314 315 316 "
                                 "317 318 319 320 321 322 323 324 325 326 327 328 329 330 331 332";

static size_t write_claims(uint64_t user, char *out, size_t capacity)
{
    long long now = (long long)time(NULL);
    int size = snprintf(
        out, capacity,
        "{\"aud\":\"bench\",\"iss\":\"bench\",\"nbf\":%lld,\"exp\":%lld,\"sbx\":\"RETAIL\",\"xdi\":{\"dty\":"
        "\"Win32\"},\"xti\":{\"tid\":\"1\"},\"xui\":[{\"uhs\":\"%" PRIu64 "\",\"xid\":\"%" PRIu64
        "\",\"gtg\":\"Player%" PRIu64 "\",\"agg\":\"Adult\",\"prv\":\"%s\"}]}",
        now - 60, now + LIFETIME_S, UINT64_C(7000000000000000000) + user, FIRST_XUID + user, user,
        privileges);
    return size > 0 && (size_t)size < capacity ? (size_t)size : 0;
}

/* Another character where the signature begins: none of its bits is unused. */
static void spoil(char *signature)
{
    *signature = *signature == 'A' ? 'B' : 'A';
}

static bool print_token(const struct signing_key *key, uint64_t user, bool is_bad, struct error *err)
{
    struct arena arena;
    struct text token;
    char claims[2048], line[8192];
    size_t size = write_claims(user, claims, sizeof claims);
    arena_init(&arena, 65536);
    bool made = size > 0 && jws_sign(key, text_slice(claims, size), &arena, &token, err);
    if (made) {
        snprintf(line, sizeof line, "XBL3.0 x=%" PRIu64 ";%.*s", UINT64_C(7000000000000000000) + user,
                 TEXT_ARG(token));
        if (is_bad)
            spoil(strrchr(line, '.') + 1);
        puts(line);
    }
    arena_reset(&arena);
    return made;
}

int main(int argc, char **argv)
{
    struct signing_key *key = NULL;
    struct error err = {.code = ERROR_NONE};
    if (argc != 4)
        return 2;
    bool good = signing_key_load(argv[1], JOSE_ALGORITHM_NONE, &key, &err);
    uint64_t count = strtoull(argv[2], NULL, 10);
    for (uint64_t user = 0; good && user < count; user++)
        good = print_token(key, user, strcmp(argv[3], "bad") == 0, &err);
    signing_key_close(&key);
    if (!good)
        fprintf(stderr, "tokens: %s\n", error_operator_text(&err));
    return good ? 0 : 1;
}
