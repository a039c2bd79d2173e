/* SPDX-License-Identifier: Apache-2.0 */
/* One connection after the other. Awkward: OpenSSL writes to a socket without MSG_NOSIGNAL, so the thread
 * blocks SIGPIPE, and nobody else does: the client under test must not need that. */
#include "fetch/tls_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool peer_send(struct peer *peer, const char *bytes, size_t size)
{
    size_t sent = 0;
    if (peer->ssl != NULL)
        return SSL_write_ex(peer->ssl, bytes, size, &sent) == 1;
    return send(peer->fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

bool peer_say(struct peer *peer, const char *text)
{
    return peer_send(peer, text, strlen(text));
}

bool peer_is_gone_within(struct peer *peer, int ms)
{
    struct pollfd polled = {.fd = peer->fd, .events = POLLIN};
    return poll(&polled, 1, ms) > 0; /* a client that has asked says nothing more before it goes */
}

static int receive(struct peer *peer, char *out, size_t size)
{
    if (peer->ssl != NULL)
        return SSL_read(peer->ssl, out, (int)size);
    return (int)recv(peer->fd, out, size, 0);
}

static bool read_request(struct peer *peer)
{
    size_t size = 0;
    while (strstr(peer->request, "\r\n\r\n") == NULL) {
        if (size == PEER_REQUEST_MAX)
            return false;
        int got = receive(peer, peer->request + size, PEER_REQUEST_MAX - size);
        if (got <= 0)
            return false;
        size += (size_t)got;
    }
    return true;
}

static void serve(struct tls_server *s, int fd)
{
    struct peer peer = {.fd = fd};
    if (s->greeting != NULL) {
        peer_say(&peer, s->greeting);
        peer_is_gone_within(&peer, 1000);
        close(fd);
        return;
    }
    if (s->context != NULL) {
        peer.ssl = SSL_new(s->context);
        SSL_set_fd(peer.ssl, fd);
    }
    if ((peer.ssl == NULL || SSL_accept(peer.ssl) == 1) && read_request(&peer)) {
        memcpy(s->request, peer.request, sizeof s->request);
        atomic_fetch_add(&s->served, 1);
        s->answer(&peer);
    }
    SSL_free(peer.ssl);
    close(fd);
}

static void *run(void *context)
{
    struct tls_server *s = context;
    int fd;
    while ((fd = accept(s->listener, NULL, NULL)) >= 0)
        serve(s, fd);
    return NULL;
}

static SSL_CTX *context_of(const struct identity *who)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    ck_assert_ptr_nonnull(context);
    ck_assert_int_eq(SSL_CTX_use_certificate(context, who->certificate), 1);
    ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, who->key), 1);
    return context;
}

void tls_server_start(struct tls_server *s, const struct identity *who, behaviour *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    sigset_t pipe_signal, before;
    memset(s, 0, sizeof *s);
    s->answer = answer;
    s->context = who == NULL ? NULL : context_of(who);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(s->listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(s->listener, 8), 0);
    ck_assert_int_eq(getsockname(s->listener, (struct sockaddr *)&address, &size), 0);
    s->port = ntohs(address.sin_port);
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    ck_assert_int_eq(pthread_create(&s->thread, NULL, run, s), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void tls_server_stop(struct tls_server *s)
{
    shutdown(s->listener, SHUT_RDWR); /* wakes accept */
    pthread_join(s->thread, NULL);
    close(s->listener);
    SSL_CTX_free(s->context);
}

static void add_extension(X509 *certificate, const char *name, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf(NULL, NULL, name, value);
    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

struct identity identity_make(const struct identity *issuer, const char *name, long seconds)
{
    struct identity made = {X509_new(), EVP_EC_gen("P-256")};
    const struct identity *by = issuer == NULL ? &made : issuer;
    X509_NAME *subject = X509_get_subject_name(made.certificate);
    ck_assert_int_eq(X509_set_version(made.certificate, X509_VERSION_3), 1);
    ck_assert_int_eq(
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0), 1);
    ck_assert_int_eq(X509_set_issuer_name(made.certificate, X509_get_subject_name(by->certificate)), 1);
    ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notBefore(made.certificate), -7200));
    ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(made.certificate), seconds));
    ck_assert_int_eq(X509_set_pubkey(made.certificate, made.key), 1);
    if (issuer == NULL)
        add_extension(made.certificate, "basicConstraints", "critical,CA:TRUE");
    else
        add_extension(made.certificate, "subjectAltName", name);
    ck_assert_int_gt(X509_sign(made.certificate, by->key, EVP_sha256()), 0);
    return made;
}

void identity_write(const struct identity *who, const char *path)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(PEM_write_X509(file, who->certificate), 1);
    ck_assert_int_eq(fclose(file), 0);
}

void identity_reset(struct identity *who)
{
    X509_free(who->certificate);
    EVP_PKEY_free(who->key);
    *who = (struct identity){NULL, NULL};
}
