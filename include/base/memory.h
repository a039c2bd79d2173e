/* SPDX-License-Identifier: Apache-2.0 */
/* The heap, through one door, so that a test can make the n-th allocation of its thread fail. */
#ifndef USERSTATS_BASE_MEMORY_H
#define USERSTATS_BASE_MEMORY_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* SIZE zeroed bytes (at least one), or NULL with ERROR_NO_MEMORY in *err. The caller frees them. */
void *memory_alloc(size_t size, struct error *err) MUST_USE;
/* COUNT × SIZE zeroed bytes, refusing a product that overflows. */
void *memory_alloc_array(size_t count, size_t size, struct error *err) MUST_USE;
/* As realloc; on failure NULL and OLD stays valid. New bytes are not zeroed. */
void *memory_grow(void *old, size_t size, struct error *err) MUST_USE;
/* A NUL-terminated copy of T, which must hold no NUL byte. */
char *memory_copy_text(struct text t, struct error *err) MUST_USE;
/* Frees what the functions above gave; NULL is fine. */
void memory_free(void *p);
/* Overwrites SIZE bytes in a way that the compiler may not leave out: for secrets, before memory_free. */
void memory_cleanse(void *p, size_t size);

/* Tests only: on the calling thread, the N-th allocation from now (1 = the next) fails, once; 0 = none. */
void memory_fail_nth(unsigned long n);
/* Tests only: whether the failure that memory_fail_nth planted on this thread has happened. */
bool memory_fail_has_fired(void);

#endif
