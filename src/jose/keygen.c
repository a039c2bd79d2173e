/* SPDX-License-Identifier: Apache-2.0 */
/* Make an issuer's keys. Awkward: four files, none of which may replace another; all are made in memory
 * first, then created exclusively, and what was created is taken back when a later one fails. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/key.h"
#include "jose/signing.h"

#define RSA_BITS         2048
#define CERTIFICATE_DAYS 3650

enum { SIGNING_KEY, JWKS, DECRYPTION_KEY, DECRYPTION_CERTIFICATE, FILE_COUNT };

static const struct {
    const char *name;
    mode_t mode;
} files[FILE_COUNT] = {
    [SIGNING_KEY] = {"signing.key.pem", 0600},
    [JWKS] = {"jwks.json", 0644},
    [DECRYPTION_KEY] = {"decryption.key.pem", 0600},
    [DECRYPTION_CERTIFICATE] = {"decryption.cert.pem", 0644},
};

static EVP_PKEY *generate(enum jose_algorithm algorithm)
{
    return algorithm == JOSE_ES256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(RSA_BITS);
}

/* The bytes of MEMORY, which stays their owner. */
static struct text bytes_of(BIO *memory)
{
    char *data;
    long size = BIO_get_mem_data(memory, &data);
    return text_slice(data, size > 0 ? (size_t)size : 0);
}

static bool write_jwks(BIO *out, const EVP_PKEY *pair, enum jose_algorithm algorithm, struct error *err)
{
    struct arena arena;
    struct buffer document;
    struct text text;
    char kid[THUMBPRINT_SIZE + 1];
    if (!jwk_thumbprint(pair, kid, err))
        return false;
    arena_init(&arena, 32768);
    buffer_init(&document, &arena, 8192);
    buffer_put(&document, "{\"keys\":[{");
    bool done = jwk_write_members(pair, &document, err);
    buffer_format(&document, ",\"kid\":\"%s\",\"alg\":\"%s\",\"use\":\"sig\"}]}\n", kid,
                  jose_algorithm_name(algorithm));
    done = done && buffer_finish(&document, ERROR_KEY, &text, err);
    if (done && BIO_write(out, text.data, (int)text.size) != (int)text.size)
        done = openssl_failed(err, ERROR_KEY, "the JWKS document cannot be written");
    arena_reset(&arena);
    return done;
}

static bool name_certificate(X509 *certificate)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    const unsigned char *text = (const unsigned char *)"userstats token decryption";
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

static bool add_key_usage(X509 *certificate)
{
    X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "critical,keyEncipherment");
    bool done = usage != NULL && X509_add_ext(certificate, usage, -1) == 1;
    X509_EXTENSION_free(usage);
    return done;
}

static bool set_serial(X509 *certificate)
{
    uint64_t serial;
    if (RAND_bytes((unsigned char *)&serial, sizeof serial) != 1)
        return false;
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1;
}

/* A self-signed certificate: issuers that encrypt tokens want one to name the key by. */
static bool write_certificate(BIO *out, EVP_PKEY *pair)
{
    X509 *certificate = X509_new();
    bool done = certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
                set_serial(certificate) && X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * CERTIFICATE_DAYS) != NULL &&
                X509_set_pubkey(certificate, pair) == 1 && name_certificate(certificate) &&
                add_key_usage(certificate) && X509_sign(certificate, pair, EVP_sha256()) > 0 &&
                PEM_write_bio_X509(out, certificate) == 1;
    X509_free(certificate);
    return done;
}

static bool make_contents(BIO *contents[static FILE_COUNT], enum jose_algorithm algorithm, struct error *err)
{
    EVP_PKEY *signing = generate(algorithm), *decryption = generate(JOSE_RS256);
    bool done = signing != NULL && decryption != NULL;
    for (int i = 0; i < FILE_COUNT; i++) {
        contents[i] = BIO_new(BIO_s_secmem());
        done = done && contents[i] != NULL;
    }
    done = done && PEM_write_bio_PrivateKey(contents[SIGNING_KEY], signing, NULL, NULL, 0, NULL, NULL) == 1 &&
           PEM_write_bio_PrivateKey(contents[DECRYPTION_KEY], decryption, NULL, NULL, 0, NULL, NULL) == 1 &&
           write_certificate(contents[DECRYPTION_CERTIFICATE], decryption);
    if (!done)
        openssl_failed(err, ERROR_KEY, "the keys cannot be made");
    done = done && write_jwks(contents[JWKS], signing, algorithm, err);
    EVP_PKEY_free(signing);
    EVP_PKEY_free(decryption);
    return done;
}

/* All of CONTENT, through to the disk. */
static bool write_whole(int file, struct text content)
{
    while (content.size > 0) {
        ssize_t written = write(file, content.data, content.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        content = text_slice(content.data + written, content.size - (size_t)written);
    }
    return fsync(file) == 0;
}

static bool create(int directory, int i, struct text content, const char *path, struct error *err)
{
    int file = openat(directory, files[i].name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, files[i].mode);
    if (file < 0)
        return error_set(err, ERROR_FILE, "%s/%s: %s", path, files[i].name,
                         errno == EEXIST
                             ? "exists, and keys are never overwritten; choose another directory for "
                               "the new ones, or remove the old ones by hand"
                             : strerror(errno));
    bool done = write_whole(file, content);
    int cause = errno;
    if (close(file) != 0 && done) {
        cause = errno;
        done = false;
    }
    if (done)
        return true;
    unlinkat(directory, files[i].name, 0);
    return error_set(err, ERROR_FILE, "%s/%s: %s", path, files[i].name, strerror(cause));
}

static bool create_all(int directory, BIO *contents[static FILE_COUNT], const char *path, struct error *err)
{
    int made = 0;
    while (made < FILE_COUNT && create(directory, made, bytes_of(contents[made]), path, err))
        made++;
    if (made == FILE_COUNT)
        return true;
    while (made-- > 0)
        unlinkat(directory, files[made].name, 0);
    return false;
}

static bool fill(const char *path, enum jose_algorithm algorithm, struct error *err)
{
    BIO *contents[FILE_COUNT] = {0};
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
    bool done = make_contents(contents, algorithm, err) && create_all(directory, contents, path, err);
    for (int i = 0; i < FILE_COUNT; i++)
        BIO_free(contents[i]);
    close(directory);
    return done;
}

bool jose_keygen(const char *path, enum jose_algorithm algorithm, struct error *err)
{
    bool made = mkdir(path, 0700) == 0;
    if (!made && errno != EEXIST)
        return error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
    bool done = fill(path, algorithm, err);
    if (!done && made)
        rmdir(path);
    return done;
}
