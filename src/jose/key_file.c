/* SPDX-License-Identifier: Apache-2.0 */
/* From a path to a key set: a JWKS document, a PEM block, a DER certificate, or a directory of such files.
 * Which it is, the bytes say, not the file's name. Awkward: a private key in the place of a public one is
 * refused, as it would one day be copied to the next machine. */
#include "jose/key_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/base64url.h"
#include "jose/key.h"

/* Reads FILE to its end into BYTES, which has room for KEY_FILE_MAX + 1. */
static bool read_all(int file, const char *path, char *bytes, size_t *size, struct error *err)
{
    size_t have = 0;
    while (have <= KEY_FILE_MAX) {
        ssize_t got = read(file, bytes + have, KEY_FILE_MAX + 1 - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
        if (got == 0)
            break;
        have += (size_t)got;
    }
    if (have > KEY_FILE_MAX)
        return error_set(err, ERROR_FILE, "%s: larger than %d bytes", path, KEY_FILE_MAX);
    *size = have;
    return true;
}

/* O_NONBLOCK: opening a pipe that nobody writes to would wait for ever. */
static int open_regular(const char *path, struct error *err)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
        return -1;
    }
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode))
        return file;
    error_set(err, ERROR_FILE, "%s: not a regular file", path);
    close(file);
    return -1;
}

bool key_file_read(const char *path, char **data, size_t *size, struct error *err)
{
    int file = open_regular(path, err);
    if (file < 0)
        return false;
    char *bytes = memory_alloc(KEY_FILE_MAX + 1, err);
    bool done = bytes != NULL && read_all(file, path, bytes, size, err);
    close(file);
    if (!done) {
        memory_free(bytes);
        return false;
    }
    *data = bytes;
    return true;
}

/* Adds KEY under its thumbprint; takes it over. */
static bool add_public_key(struct key_set *set, EVP_PKEY *public_key, struct key *key, struct error *err)
{
    key->public_key = public_key;
    key->algorithm = algorithm_default_for(public_key);
    if (!algorithm_accepts_key(key->algorithm, public_key, err) ||
        !jwk_thumbprint(public_key, key->kid, err)) {
        EVP_PKEY_free(public_key);
        return false;
    }
    return key_set_add(set, key, err);
}

/* x5t is the base64url SHA-1 of the certificate's DER form (RFC 7515 §4.1.7). */
static bool set_x5t(X509 *certificate, struct key *key, struct error *err)
{
    unsigned char digest[20];
    struct arena arena;
    struct buffer encoded;
    struct text name;
    if (X509_digest(certificate, EVP_sha1(), digest, NULL) != 1)
        return openssl_failed(err, ERROR_KEY, "its x5t cannot be made");
    arena_init(&arena, 8192);
    buffer_init(&encoded, &arena, X5T_SIZE);
    base64url_encode(text_slice((const char *)digest, sizeof digest), &encoded);
    bool done = buffer_finish(&encoded, ERROR_KEY, &name, err);
    if (done)
        memcpy(key->x5t, name.data, sizeof key->x5t);
    arena_reset(&arena);
    return done;
}

/* A certificate that says what its key is for must say: signatures (RFC 5280 §4.2.1.3). One that does not say
 * may be. A usage that cannot be read is none, and OpenSSL's error queue says why. */
static bool is_for_signatures(X509 *certificate)
{
    return (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0;
}

static bool add_certificate(struct key_set *set, struct text der, struct error *err)
{
    const unsigned char *at = (const unsigned char *)der.data, *end = at + der.size;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    EVP_PKEY *public_key = certificate == NULL ? NULL : X509_get_pubkey(certificate);
    struct key key = {0};
    bool good = public_key != NULL && at == end;
    if (!good)
        openssl_failed(err, ERROR_KEY, "not a JWKS document, a PEM public key or a certificate (PEM or DER)");
    else if (!is_for_signatures(certificate))
        good = openssl_failed(err, ERROR_KEY, "a certificate whose key usage is not digitalSignature");
    else
        good = set_x5t(certificate, &key, err);
    if (good)
        good = add_public_key(set, public_key, &key, err);
    else
        EVP_PKEY_free(public_key);
    X509_free(certificate);
    return good;
}

static bool add_pem_block(struct key_set *set, const char *name, struct text der, struct error *err)
{
    const unsigned char *at = (const unsigned char *)der.data;
    if (strstr(name, "PRIVATE") != NULL)
        return error_set(err, ERROR_KEY, "it holds a private key; give the public key or the certificate");
    if (strcmp(name, PEM_STRING_X509) == 0)
        return add_certificate(set, der, err);
    if (strcmp(name, PEM_STRING_PUBLIC) != 0)
        return error_set(err, ERROR_KEY, "a PEM block that is neither PUBLIC KEY nor CERTIFICATE");
    EVP_PKEY *public_key = d2i_PUBKEY(NULL, &at, (long)der.size);
    if (public_key == NULL || at != (const unsigned char *)der.data + der.size) {
        EVP_PKEY_free(public_key);
        return openssl_failed(err, ERROR_KEY, "its PUBLIC KEY cannot be read, or has bytes after its end");
    }
    struct key key = {0};
    return add_public_key(set, public_key, &key, err);
}

static size_t count_markers(struct text bytes)
{
    struct text marker = text_of("-----BEGIN ");
    size_t count = 0;
    const char *at = memmem(bytes.data, bytes.size, marker.data, marker.size), *end = bytes.data + bytes.size;
    for (; at != NULL; count++) {
        at += marker.size;
        at = memmem(at, (size_t)(end - at), marker.data, marker.size);
    }
    return count;
}

/* One block a file. In a chain of certificates only the first is meant, and the others' keys must not sign
 * tokens. */
static bool add_pem(struct key_set *set, struct text bytes, size_t blocks, struct error *err)
{
    BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long size;
    bool good;
    if (blocks > 1)
        good = error_set(
            err, ERROR_KEY,
            "%zu PEM blocks; give one certificate or public key per file, and a directory for several",
            blocks);
    else if (bio == NULL || PEM_read_bio(bio, &name, &header, &der, &size) != 1)
        good = openssl_failed(err, ERROR_KEY, "a PEM block cannot be read");
    else {
        good = add_pem_block(set, name, text_slice((const char *)der, (size_t)size), err);
        OPENSSL_clear_free(der, (size_t)size);
        OPENSSL_free(header);
        OPENSSL_free(name);
    }
    BIO_free(bio);
    return good;
}

static bool add_bytes(struct key_set *set, struct text bytes, struct error *err)
{
    if (bytes.size == 0 || bytes.size > KEY_FILE_MAX)
        return error_set(err, ERROR_KEY, "empty, or larger than %d bytes", KEY_FILE_MAX);
    size_t i = 0, blocks = count_markers(bytes);
    while (i < bytes.size && (bytes.data[i] == ' ' || (bytes.data[i] >= '\t' && bytes.data[i] <= '\r')))
        i++;
    if (i < bytes.size && bytes.data[i] == '{')
        return key_set_add_jwks(set, bytes, err);
    if (blocks > 0)
        return add_pem(set, bytes, blocks, err);
    return add_certificate(set, bytes, err);
}

/* Names ORIGIN in the error of a key that was refused. */
static bool add_named(struct key_set *set, struct text bytes, const char *origin, struct error *err)
{
    if (add_bytes(set, bytes, err))
        return true;
    struct error cause = *err;
    return cause.code == ERROR_NO_MEMORY
               ? false
               : error_set(err, cause.code, "%s: %s", origin, error_operator_text(&cause));
}

static bool add_file(struct key_set *set, const char *path, struct error *err)
{
    char *data = NULL;
    size_t size = 0;
    if (!key_file_read(path, &data, &size, err))
        return false;
    bool done = add_named(set, text_slice(data, size), path, err);
    memory_cleanse(data, size); /* it may have been a private key */
    memory_free(data);
    return done;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool add_directory(struct key_set *set, const char *path, struct error *err)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);
    bool done = count >= 0 || error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        char file[4096];
        int length = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (done && (length < 0 || (size_t)length >= sizeof file))
            done = error_set(err, ERROR_FILE, "%s: a path of more than %zu bytes", path, sizeof file - 1);
        done = done && add_file(set, file, err);
        memory_free(entries[i]); /* scandir takes them from the same heap */
    }
    if (count >= 0)
        memory_free(entries);
    return done;
}

static bool finish(struct key_set *set, bool loaded, const char *origin, struct key_set **out,
                   struct error *err)
{
    if (loaded && set->count == 0)
        loaded = error_set(err, ERROR_KEY, "%s: holds no key", origin);
    if (!loaded) {
        key_set_close(&set);
        return false;
    }
    *out = set;
    return true;
}

bool key_set_load(const char *path, struct key_set **out, struct error *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
    struct key_set *set = memory_alloc(sizeof *set, err);
    if (set == NULL)
        return false;
    bool loaded = S_ISDIR(status.st_mode) ? add_directory(set, path, err) : add_file(set, path, err);
    return finish(set, loaded, path, out, err);
}

bool key_set_parse(struct text bytes, const char *origin, struct key_set **out, struct error *err)
{
    struct key_set *set = memory_alloc(sizeof *set, err);
    return set != NULL && finish(set, add_named(set, bytes, origin, err), origin, out, err);
}
