/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate says its key is for (RFC 5280 §4.2.1.3) decides whether signatures are verified with it.
 * The certificates are made here. */
#include <check.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "jose/key.h"
#include "jose/signing.h"
#include "support/run.h"

/* A key usage as OpenSSL's configuration files spell it; "DER:…" is taken as it is. */
static void add_usage(X509 *certificate, const char *usage)
{
    X509_EXTENSION *extension = X509V3_EXT_conf(NULL, NULL, "keyUsage", usage);
    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* Appends a self-signed certificate for a new key to OUT. */
static void put_certificate(BIO *out, const char *usage)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    ck_assert_int_eq(X509_set_version(certificate, X509_VERSION_3), 1);
    ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notBefore(certificate), 0));
    ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
    ck_assert_int_eq(X509_set_pubkey(certificate, pair), 1);
    if (usage != NULL)
        add_usage(certificate, usage);
    ck_assert_int_gt(X509_sign(certificate, pair, EVP_sha256()), 0);
    ck_assert_int_eq(PEM_write_bio_X509(out, certificate), 1);
    X509_free(certificate);
    EVP_PKEY_free(pair);
}

/* Whether the certificates in PEM are taken as a set of one key. */
static bool is_taken(BIO *pem, struct error *err)
{
    struct key_set *set = NULL;
    char *data;
    long size = BIO_get_mem_data(pem, &data);
    if (!key_set_parse(text_slice(data, (size_t)size), "here", NULL, &set, err))
        return false;
    ck_assert_uint_eq(key_set_size(set), 1);
    key_set_release(&set);
    return true;
}

static const struct {
    const char *usage;
    bool taken;
} usages[] = {
    {NULL, true},
    {"digitalSignature", true},
    {"critical,digitalSignature", true},
    {"critical,digitalSignature,keyEncipherment", true},
    {"keyEncipherment", false},
    {"critical,keyEncipherment", false},
    {"critical,keyCertSign,cRLSign", false},
    {"nonRepudiation", false},
    {"DER:03:02:07:00", false}, /* no bit is set */
    {"DER:04:01:80", false},    /* no bit string */
};

START_TEST(a_key_usage_must_hold_digital_signature)
{
    BIO *pem = BIO_new(BIO_s_mem());
    struct error err = {0};
    put_certificate(pem, usages[_i].usage);
    ck_assert_msg(is_taken(pem, &err) == usages[_i].taken, "%s: %s", usages[_i].usage, err.detail);
    if (!usages[_i].taken) {
        ck_assert_int_eq(err.code, ERROR_KEY);
        ck_assert_ptr_nonnull(strstr(err.detail, "here: a certificate whose key usage"));
    }
    ck_assert_msg(ERR_peek_error() == 0, "an error is left for the next call to report");
    BIO_free(pem);
}
END_TEST

START_TEST(a_chain_is_refused_with_what_to_do)
{
    BIO *pem = BIO_new(BIO_s_mem());
    struct error err = {0};
    put_certificate(pem, "critical,digitalSignature");
    put_certificate(pem, "critical,digitalSignature,keyCertSign");
    ck_assert(!is_taken(pem, &err));
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert_str_eq(err.detail, "here: 2 PEM blocks; give one certificate or public key per file, and a "
                                 "directory for several");
    BIO_free(pem);
}
END_TEST

/* The serial number of the certificate that keygen makes in FOLDER, which it empties again. */
static uint64_t made_serial(const char *folder)
{
    static const char *const names[] = {"signing.key.pem", "jwks.json", "decryption.key.pem",
                                        "decryption.cert.pem"};
    char path[128];
    struct error err;
    uint64_t serial = 0;
    ck_assert(jose_keygen(folder, JOSE_ES256, &err));
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        ck_assert_int_eq(unlink(path), 0);
    }
    snprintf(path, sizeof path, "%s/%s", folder, names[3]);
    BIO *file = BIO_new_file(path, "rb");
    X509 *certificate = PEM_read_bio_X509(file, NULL, NULL, NULL);
    ck_assert_ptr_nonnull(certificate);
    ck_assert_uint_eq(X509_get_key_usage(certificate), KU_KEY_ENCIPHERMENT);
    int at = X509_get_ext_by_NID(certificate, NID_key_usage, -1);
    ck_assert_int_eq(X509_EXTENSION_get_critical(X509_get_ext(certificate, at)), 1);
    ck_assert_msg(ASN1_INTEGER_get_uint64(&serial, X509_get0_serialNumber(certificate)) == 1, "negative");
    X509_free(certificate);
    BIO_free(file);
    ck_assert_int_eq(unlink(path), 0);
    return serial;
}

START_TEST(keygens_certificate_is_for_encryption_and_no_two_are_alike)
{
    char folder[] = "/tmp/userstats-certificates-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    uint64_t first = made_serial(folder), second = made_serial(folder);
    ck_assert_uint_ne(first, second);
    ck_assert_msg(first > 0 && first <= INT64_MAX && second > 0 && second <= INT64_MAX, "not positive");
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jose/certificates");
    TCase *c = tcase_create("certificates");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, a_key_usage_must_hold_digital_signature, 0, sizeof usages / sizeof *usages);
    tcase_add_test(c, a_chain_is_refused_with_what_to_do);
    tcase_add_test(c, keygens_certificate_is_for_encryption_and_no_two_are_alike);
    suite_add_tcase(s, c);
    return s;
}
