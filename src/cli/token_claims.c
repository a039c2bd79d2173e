/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of a token, each with its judgement. Awkward: the server judges them in an order and stops, and
 * people want to see all that is wrong; so each claim is put before the server's own judge in a copy of the
 * claims whose others are beyond reproach. */
#include "cli/token_explain.h"

#include <inttypes.h>

#include "cli/token_words.h"

/* C as ISSUER wants its claims at NOW_S. */
static struct claims made_good(const struct claims *c, const struct issuer *issuer, int64_t now_s)
{
    struct claims good = *c;
    good.issuer = issuer->name;
    good.audiences[0] = issuer->audience;
    good.audience_count = 1;
    good.validity = (struct validity){.expires_s = now_s + 1, .not_before_s = now_s};
    return good;
}

/* Prints the end of a line about the one claim in which PROBE is not made good. */
static void end_judged(const struct inquiry *q, const struct issuer *issuer, const struct claims *probe)
{
    struct error refusal;
    bool good = claims_judge(probe, issuer, q->now_s, &refusal);
    words_end_judged(good ? NULL : &refusal);
}

static void explain_audience(const struct inquiry *q, const struct issuer *issuer, const struct claims *c)
{
    struct claims probe = made_good(c, issuer, q->now_s);
    struct error unused;
    for (size_t i = 0; i < c->audience_count; i++) {
        probe.audiences[i] = c->audiences[i];
        words_text("audience (aud)", c->audiences[i]);
    }
    probe.audience_count = c->audience_count;
    words_begin("  for us");
    if (claims_judge(&probe, issuer, q->now_s, &unused)) {
        words_put("good\n");
        return;
    }
    words_put("refused: [%s] takes tokens for ", issuer->label);
    words_put_text(issuer->audience);
    words_end();
}

static void explain_times(const struct inquiry *q, const struct issuer *issuer, const struct claims *c)
{
    struct claims probe = made_good(c, issuer, q->now_s);
    probe.validity.not_before_s = c->validity.not_before_s;
    words_begin("not before (nbf)");
    words_put_time(c->validity.not_before_s, q->now_s);
    words_put(": ");
    end_judged(q, issuer, &probe);
    probe = made_good(c, issuer, q->now_s);
    probe.validity.expires_s = c->validity.expires_s;
    words_begin("expires (exp)");
    words_put_time(c->validity.expires_s, q->now_s);
    words_put(": ");
    end_judged(q, issuer, &probe);
}

/* How much of the token is as the section says: more is better. */
static int likeness(const struct inquiry *q, const struct issuer *issuer, const struct findings *f,
                    const struct claims *c)
{
    struct claims probe = made_good(c, issuer, q->now_s);
    struct error unused;
    int points = claims_judge_issuer(c, issuer, &unused) ? 4 : 0;
    points += token_slot_has(issuer->keys, &f->signed_by) ? 2 : 0;
    for (size_t i = 0; i < c->audience_count; i++)
        probe.audiences[i] = c->audiences[i];
    probe.audience_count = c->audience_count;
    return points + (claims_judge(&probe, issuer, q->now_s, &unused) ? 1 : 0);
}

/* The section that the token is of, or would be with the least change. */
static const struct issuer *find_section(const struct inquiry *q, const struct findings *f,
                                         const struct claims *c)
{
    const struct issuer *best = &q->issuers[0];
    for (size_t i = 1; i < q->count; i++) {
        if (likeness(q, &q->issuers[i], f, c) > likeness(q, best, f, c))
            best = &q->issuers[i];
    }
    return best;
}

static void explain_issuer(const struct inquiry *q, const struct issuer *section, const struct findings *f,
                           const struct claims *c)
{
    struct error refusal;
    words_text("issuer (iss)", c->issuer);
    words_begin("  section");
    if (!claims_judge_issuer(c, section, &refusal)) {
        words_put(
            q->count > 1
                ? "refused: no section has this issuer; by its key it is nearest to [%s], whose issuer is "
                : "refused: [%s] is for tokens of ",
            section->label);
        words_put_text(section->name);
        words_end();
    } else if (!token_slot_has(section->keys, &f->signed_by))
        words_put("refused: it is that of [%s], whose keys have not the one that signed\n", section->label);
    else
        words_put("[%s]\n", section->label);
}

static void explain_form(const struct issuer *section, const struct findings *f)
{
    words_begin("form wanted");
    if (f->is_encrypted && (section->tokens & TOKENS_ENCRYPTED) == 0)
        words_put("refused: tokens of [%s] must not be encrypted (%s.tokens)\n", section->label,
                  section->label);
    else if (!f->is_encrypted && (section->tokens & TOKENS_SIGNED) == 0)
        words_put("refused: tokens of [%s] must be encrypted (%s.tokens)\n", section->label, section->label);
    else if (f->is_encrypted && !token_slot_has(section->decryption_keys, &f->opened_by))
        words_put("refused: the decryption keys of [%s] have not the one that opened it\n", section->label);
    else
        words_put("good\n");
}

static void show_users(const struct principal *p)
{
    for (size_t i = 0; i < p->user_count; i++) {
        words_begin("user (xui)");
        words_put("xuid %" PRIu64 ", userhash ", p->users[i].xuid);
        words_put_text(p->users[i].userhash);
        words_put(", gamertag ");
        words_put_text(p->users[i].gamertag);
        words_end();
    }
}

static void explain_userhash(const struct xbl_header *header, const struct principal *p)
{
    size_t named = 0;
    if (header->caller != XBL_CALLER_USER)
        return;
    for (size_t i = 0; i < p->user_count; i++)
        named += text_equals(p->users[i].userhash, header->userhash);
    words_begin("userhash");
    words_put_text(header->userhash);
    words_put(named == 1 ? ": good\n" : ": refused: %zu users of the token have it; one must\n", named);
}

void token_explain_claims(const struct inquiry *q, const struct xbl_header *header, const struct findings *f,
                          const struct claims *c)
{
    const struct principal *p = &c->principal;
    const struct issuer *section = find_section(q, f, c);
    explain_issuer(q, section, f, c);
    explain_form(section, f);
    explain_audience(q, section, c);
    explain_times(q, section, c);
    words_begin("sandbox (sbx)");
    words_put_text(p->sandbox);
    words_put(": judged with each request; a scid of another sandbox is answered 403\n");
    if (p->title_id == 0)
        words_line("title (xti.tid)", "absent");
    else
        words_line("title (xti.tid)", "%" PRIu64, p->title_id);
    words_text("device type (dty)", p->device_type);
    words_text("device id (ddi, did)", p->device_id);
    show_users(p);
    explain_userhash(header, p);
}
