/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a payload to claims; nothing is judged. Awkward: absent and null both mean "no data" and
 * are fine for everything that only ever grants, while a claim of the wrong type is a fault of the issuer and
 * refuses the token. */
#include "auth/claims.h"
#include "json/reader.h"
#include "model/xuid.h"

/* A member that is there and not null, else NULL. */
static const struct json_value *claim(const struct json_value *object, const char *name)
{
    const struct json_value *value = object == NULL ? NULL : json_find(object, name);
    return value != NULL && json_kind(value) != JSON_NULL ? value : NULL;
}

static bool wrong_type(const char *name, struct error *err)
{
    return error_set(err, ERROR_TOKEN_CLAIMS, "the claim %s has the wrong type", name);
}

/* The string NAME of OBJECT; the absent text where it has no data. */
static bool read_text(const struct json_value *object, const char *name, struct text *out, struct error *err)
{
    const struct json_value *value = claim(object, name);
    if (value != NULL && json_kind(value) != JSON_STRING)
        return wrong_type(name, err);
    *out = json_string(value);
    return true;
}

/* The decimal string NAME of OBJECT, an unsigned 64-bit number that is not 0; 0 where it has no data. */
static bool read_id(const struct json_value *object, const char *name, uint64_t *out, struct error *err)
{
    struct text digits = {0};
    uint64_t number = 0;
    if (!read_text(object, name, &digits, err))
        return false;
    if (digits.data != NULL && !xuid_parse(digits, &number))
        return error_set(err, ERROR_TOKEN_CLAIMS, "the claim %s is no decimal number", name);
    *out = number;
    return true;
}

/* The object NAME of OBJECT; NULL where it has no data. */
static bool read_object(const struct json_value *object, const char *name, const struct json_value **out,
                        struct error *err)
{
    const struct json_value *value = claim(object, name);
    if (value != NULL && json_kind(value) != JSON_OBJECT)
        return wrong_type(name, err);
    *out = value;
    return true;
}

/* A NumericDate (RFC 7519 §2), required, and an integer: no issuer of ours needs fractions of a second. */
static bool read_time(const struct json_value *object, const char *name, int64_t *out, struct error *err)
{
    int64_t seconds;
    if (!text_to_i64(json_number(claim(object, name)), &seconds))
        return error_set(err, ERROR_TOKEN_CLAIMS, "the claim %s is absent or no integer", name);
    *out = seconds;
    return true;
}

static bool add_audience(const struct json_value *value, struct claims *c, struct error *err)
{
    if (json_kind(value) != JSON_STRING)
        return wrong_type("aud", err);
    if (c->audience_count == CLAIMS_AUDIENCES_MAX)
        return error_set(err, ERROR_TOKEN_CLAIMS, "more than %d audiences", CLAIMS_AUDIENCES_MAX);
    c->audiences[c->audience_count++] = json_string(value);
    return true;
}

/* A string or an array of strings (RFC 7519 §4.1.3), required. */
static bool read_audiences(const struct json_value *object, struct claims *c, struct error *err)
{
    const struct json_value *aud = claim(object, "aud");
    if (aud == NULL)
        return error_set(err, ERROR_TOKEN_CLAIMS, "the claim aud is absent");
    if (json_kind(aud) != JSON_ARRAY)
        return add_audience(aud, c, err);
    for (const struct json_value *v = json_first(aud); v != NULL; v = json_next(v)) {
        if (!add_audience(v, c, err))
            return false;
    }
    return true;
}

static bool read_user(const struct json_value *object, struct principal_user *out, struct error *err)
{
    if (json_kind(object) != JSON_OBJECT)
        return wrong_type("xui", err);
    return read_text(object, "uhs", &out->userhash, err) && read_id(object, "xid", &out->xuid, err) &&
           read_text(object, "gtg", &out->gamertag, err);
}

/* Every user that has a userhash: one without cannot be named by any header. */
static bool read_users(const struct json_value *object, struct arena *arena, struct principal *p,
                       struct error *err)
{
    const struct json_value *xui = claim(object, "xui");
    if (xui == NULL)
        return true;
    if (json_kind(xui) != JSON_ARRAY)
        return wrong_type("xui", err);
    struct principal_user *users = arena_alloc_array(arena, CLAIMS_USERS_MAX, sizeof *users, err);
    if (users == NULL)
        return false;
    for (const struct json_value *v = json_first(xui); v != NULL; v = json_next(v)) {
        struct principal_user user = {0};
        if (p->user_count == CLAIMS_USERS_MAX)
            return error_set(err, ERROR_TOKEN_CLAIMS, "more than %d users", CLAIMS_USERS_MAX);
        if (!read_user(v, &user, err))
            return false;
        if (user.userhash.size > 0)
            users[p->user_count++] = user;
    }
    p->users = users;
    return true;
}

static bool read_device(const struct json_value *object, struct principal *p, struct error *err)
{
    const struct json_value *device = NULL;
    if (!read_object(object, "xdi", &device, err) || !read_text(device, "dty", &p->device_type, err) ||
        !read_text(device, "ddi", &p->device_id, err))
        return false;
    return p->device_id.data != NULL || read_text(device, "did", &p->device_id, err);
}

static bool read_principal(const struct json_value *object, struct arena *arena, struct principal *p,
                           struct error *err)
{
    const struct json_value *title = NULL;
    return read_text(object, "sbx", &p->sandbox, err) && read_object(object, "xti", &title, err) &&
           read_id(title, "tid", &p->title_id, err) && read_device(object, p, err) &&
           read_users(object, arena, p, err);
}

static bool read_registered(const struct json_value *object, struct claims *c, struct error *err)
{
    if (!read_text(object, "iss", &c->issuer, err))
        return false;
    if (c->issuer.data == NULL)
        return error_set(err, ERROR_TOKEN_CLAIMS, "the claim iss is absent");
    return read_audiences(object, c, err) && read_time(object, "exp", &c->validity.expires_s, err) &&
           read_time(object, "nbf", &c->validity.not_before_s, err);
}

bool claims_read(struct text payload, struct arena *arena, struct claims *out, struct error *err)
{
    const struct json_limits limits = {.max_depth = 16, .max_values = 4096};
    const struct json_value *object;
    struct claims c = {0};
    if (!json_read(payload, &limits, arena, &object, err))
        return err->code == ERROR_NO_MEMORY
                   ? false
                   : error_set(err, ERROR_TOKEN_CLAIMS, "the payload is not valid JSON");
    if (json_kind(object) != JSON_OBJECT)
        return error_set(err, ERROR_TOKEN_CLAIMS, "the payload is no JSON object");
    if (!read_registered(object, &c, err) || !read_principal(object, arena, &c.principal, err))
        return false;
    c.principal.expires_s = c.validity.expires_s;
    *out = c;
    return true;
}
