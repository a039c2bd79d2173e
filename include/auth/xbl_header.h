/* SPDX-License-Identifier: Apache-2.0 */
/* The syntax of `XBL3.0 x=<userhash>;<token>`. */
#ifndef USERSTATS_AUTH_XBL_HEADER_H
#define USERSTATS_AUTH_XBL_HEADER_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum xbl_caller {
    XBL_CALLER_USER, /* the user whose userhash is named */
    XBL_CALLER_ANY,  /* `*`: no particular caller */
    XBL_CALLER_NONE, /* `-`: no user */
};

#define XBL_USERHASH_MAX 64 /* characters */

struct xbl_header {
    enum xbl_caller caller;
    struct text userhash; /* for XBL_CALLER_USER */
    struct text token;    /* not empty, at most 64 KiB, not looked at further */
};

/* Splits VALUE, into which *out points. The scheme is compared without regard to case; one or more spaces
 * follow it. Fails with AUTH_HEADER when it is absent, too long or has another form. */
bool xbl_header_parse(struct text value, struct xbl_header *out, struct error *err) MUST_USE;

#endif
