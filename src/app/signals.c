/* SPDX-License-Identifier: Apache-2.0 */
/* Signals are blocked everywhere and fetched by the main thread, so that no code of ours runs in a
 * signal handler. */
#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "base/clock.h"

static sigset_t ending_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

void signals_take(void)
{
    sigset_t set = ending_signals();
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

enum signals signals_wait(void)
{
    sigset_t set = ending_signals();
    int number;
    sigaddset(&set, SIGHUP);
    while (sigwait(&set, &number) != 0)
        continue;
    return number == SIGHUP ? SIGNALS_RELOAD : SIGNALS_END;
}

bool signals_come_within(int64_t timeout_ms)
{
    sigset_t set = ending_signals();
    int64_t until = clock_system.monotonic_ns(clock_system.context) + timeout_ms * 1000000;
    int64_t left = timeout_ms * 1000000;
    do { /* again where another signal cut the wait short */
        struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        if (sigtimedwait(&set, NULL, &wait) > 0)
            return true;
        left = until - clock_system.monotonic_ns(clock_system.context);
    } while (left > 0);
    return false;
}

void signals_release(void)
{
    sigset_t set = ending_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
