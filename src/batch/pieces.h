/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of all dialects write alike. */
#ifndef USERSTATS_BATCH_PIECES_H
#define USERSTATS_BATCH_PIECES_H

#include "batch/batch.h"

/* How the documented form of an answer writes values. */
enum value_form {
    VALUE_TYPED,  /* numbers as JSON numbers */
    VALUE_STRING, /* everything as a JSON string */
};

/* The value of S for user USER; NULL when there is none. */
const struct value *piece_value(const struct batch_result *r, size_t user, const struct batch_result_stat *s);

/* An xuid or another number as a string: the only form that every reader keeps exactly. */
void piece_put_quoted(uint64_t n, struct buffer *out);
void piece_put_value(enum value_form form, const struct value *v, struct buffer *out);
/* ,"NAME":"TEXT" unless TEXT is absent. */
void piece_put_member(const char *name, struct text t, struct buffer *out);

/* [{"statname","type","value"}…] of USER: those of list I that have a value. With metadata each has a
 * "valuemetadata", "" where there is none. */
void piece_put_stats(const struct batch_result *r, size_t user, size_t i, enum value_form form,
                     struct buffer *out);
/* "user":{"xuid","gamertag","stats":[…]} of a single user's answer. */
void piece_put_envelope(const struct batch_result *r, enum value_form form, struct buffer *out);

#endif
