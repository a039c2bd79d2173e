/* SPDX-License-Identifier: Apache-2.0 */
/* Get one document over HTTPS, within bounds.
 *
 * Made for documents that the operator named and that somebody else serves (a key set of a token issuer):
 * the server is authenticated, and still its bytes are not trusted to be few, to come soon or to end. What
 * the document says is the caller's to read. There is no retry and no cache here; `etag` and `fresh_s` are
 * what a caller needs to have them. */
#ifndef USERSTATS_FETCH_FETCH_H
#define USERSTATS_FETCH_FETCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

#define FETCH_URL_MAX  2048
#define FETCH_ETAG_MAX 255
/* Of all headers of an answer together, and so of each. */
#define FETCH_HEAD_MAX 32768

struct fetch_options {
    /* https only; without user name and password; at most FETCH_URL_MAX bytes. */
    const char *url;
    /* A PEM file of the only CAs (or server certificates) to trust; NULL: the system's CAs. */
    const char *ca_file;
    /* Of the document; at least 1. */
    size_t max_bytes;
    /* Of the whole fetch, from the look-up of the name to the last byte; 1 to INT32_MAX. */
    int64_t timeout_ms;
    /* Of the copy at hand, as a fetch gave it: sent as If-None-Match. NULL, "" or no entity tag: none sent.
     */
    const char *etag;
    /* Set from another thread: the fetch is given up within about a second. NULL: nobody will. */
    const atomic_bool *stop;
};

struct fetched {
    bool unchanged; /* 304: the copy whose etag was sent is the current one */
    char *data; /* the caller frees it with memory_free; a NUL that is not counted follows; NULL: unchanged */
    size_t size;
    char etag[FETCH_ETAG_MAX + 1]; /* for the next fetch; "": none was given, or none that is sound */
    /* For how many seconds from now the server lets a copy be used without asking again: max-age of
     * Cache-Control minus Age (RFC 9111 §4.2), 0 to 2^31; 0 for no-store and no-cache; -1: it does not say.
     */
    int64_t fresh_s;
};

/* Whether LOCATION, which may be a path instead, is what a fetch takes: begins with "https://" in small
 * letters. */
bool fetch_is_https(const char *location);

/* Whether a fetch with the URL and the CA file of OPTIONS can ever work, as far as that is known without
 * asking anybody: the URL can be read, is https and holds no user name; the CA file, where there is one, can
 * be read and holds a certificate. Fails as fetch_https does. Errors do not show the URL. */
bool fetch_check(const struct fetch_options *options, struct error *err) MUST_USE;

/* GETs options->url. Blocks up to timeout_ms; any thread, any number at once. Fills *out on success only.
 *
 * Only https, HTTP/1.1, TLS 1.2 or later; the certificate must be trusted and be for the URL's host. Only a
 * status 200 (or 304, where an etag was sent) is an answer: a redirect is not followed. The document must
 * come with a Content-Length or chunked. No credentials, no cookies, no content coding. libcurl's environment
 * variables for proxies (https_proxy, all_proxy, no_proxy) are heeded.
 *
 * Fails with ERROR_FETCH (the detail: the URL without its query, what went wrong, and what to do where that
 * is known), with ERROR_FETCH_DOCUMENT (the same) where a document came and was too large, coded or without
 * an end, or with ERROR_NO_MEMORY. */
bool fetch_https(const struct fetch_options *options, struct fetched *out, struct error *err) MUST_USE;

#endif
