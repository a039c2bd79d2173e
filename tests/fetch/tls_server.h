/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTPS server on a free port of 127.0.0.1 that answers each connection with one behaviour, in a thread;
 * and the certificates for it, made on the spot. */
#ifndef USERSTATS_TESTS_FETCH_TLS_SERVER_H
#define USERSTATS_TESTS_FETCH_TLS_SERVER_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PEER_REQUEST_MAX 4096

/* A connection whose request has come; ssl is NULL where the server speaks plain text. */
struct peer {
    int fd;
    SSL *ssl;
    char request[PEER_REQUEST_MAX + 1];
};

typedef void behaviour(struct peer *peer);

/* False once the client is gone. */
bool peer_send(struct peer *peer, const char *bytes, size_t size);
bool peer_say(struct peer *peer, const char *text);
/* Waits for the client to be gone, at most MS; whether it is. */
bool peer_is_gone_within(struct peer *peer, int ms);

/* A certificate and its key, and who vouches for them. */
struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};
/* Signed by ISSUER, or by itself where that is NULL (a CA then); NAME as OpenSSL writes it: "IP:127.0.0.1";
 * valid until SECONDS from now. */
struct identity identity_make(const struct identity *issuer, const char *name, long seconds);
void identity_write(const struct identity *who, const char *path);
void identity_reset(struct identity *who);

struct tls_server {
    int listener;
    uint16_t port;
    pthread_t thread;
    SSL_CTX *context; /* NULL: plain text */
    behaviour *answer;
    const char *_Atomic greeting;       /* said before the request, in place of all else; NULL: nothing */
    atomic_int served;                  /* connections that got as far as a request */
    char request[PEER_REQUEST_MAX + 1]; /* the last one's; to be read after the stop */
};

/* WHO NULL: plain text. */
void tls_server_start(struct tls_server *s, const struct identity *who, behaviour *answer);
void tls_server_stop(struct tls_server *s);

#endif
