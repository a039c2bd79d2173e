/* SPDX-License-Identifier: Apache-2.0 */
/* A counter and a token bucket, each one atomic number. Awkward: the bucket is kept as the time at which all
 * charges will have been earned back (GCRA), so that refilling it is the clock's business and nobody's work.
 */
#include "auth/admission.h"

static int64_t now_ns(const struct admission *a)
{
    return a->clock->monotonic_ns(a->clock->context);
}

void admission_init(struct admission *a, unsigned in_flight_max, const struct clock *clock)
{
    a->clock = clock;
    a->in_flight_max = in_flight_max;
    atomic_init(&a->in_flight, 0);
    atomic_init(&a->paid_until_ns, now_ns(a));
    atomic_init(&a->refused, 0);
}

static bool refuse(struct admission *a, struct error *err, const char *why)
{
    atomic_fetch_add_explicit(&a->refused, 1, memory_order_relaxed);
    return error_set(err, ERROR_OVERLOADED, "an encrypted token that is not remembered: %s", why);
}

bool admission_enter(struct admission *a, int64_t *since_ns, struct error *err)
{
    int64_t now = now_ns(a), debt = atomic_load(&a->paid_until_ns) - now;
    unsigned in = atomic_load(&a->in_flight);
    if (debt >= ADMISSION_BURST_NS * ADMISSION_SHARE)
        return refuse(a, err, "too much time went into bad ones lately");
    do {
        if (in >= a->in_flight_max)
            return refuse(a, err, "as many as may be are being decrypted (limits.max_decryptions_in_flight)");
        if (debt > ADMISSION_BURST_NS * ADMISSION_SHARE / 2 && in > 0)
            return refuse(a, err, "one at a time after many bad ones, and one is being decrypted");
    } while (!atomic_compare_exchange_weak(&a->in_flight, &in, in + 1));
    *since_ns = now;
    return true;
}

void admission_leave(struct admission *a, int64_t since_ns, bool it_failed)
{
    int64_t now = now_ns(a), charge = (now - since_ns) * ADMISSION_SHARE;
    int64_t paid = atomic_load(&a->paid_until_ns), wanted;
    do {
        wanted = (paid > now ? paid : now) + charge;
    } while (it_failed && charge > 0 && !atomic_compare_exchange_weak(&a->paid_until_ns, &paid, wanted));
    atomic_fetch_sub(&a->in_flight, 1);
}

bool passage_enter(struct passage *p, struct error *err)
{
    p->is_in = p->is_in || admission_enter(p->admission, &p->since_ns, err);
    return p->is_in;
}

void passage_leave(struct passage *p, bool it_failed)
{
    if (p->is_in)
        admission_leave(p->admission, p->since_ns, it_failed);
    p->is_in = false;
}
