/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that speaks cJSON, which sees only text that passed json_scan.
 *
 * Awkward, twice. Its allocator is one per process: ours takes from the arena that the calling thread is
 * reading into, so the nodes live there and are never freed one by one. And its numbers are doubles, of at
 * most 63 characters: so it is handed a copy of the document in which each number is a 0, and each number's
 * own digits are hung on its node afterwards, in the order of the document. */
#include "json/reader.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "json/scan.h"

_Static_assert(JSON_DEPTH_MAX < CJSON_NESTING_LIMIT, "what the scan lets through, the library must take");

/* Where the library's allocations of this thread go; NULL outside of read_tree. */
static _Thread_local struct arena *current_arena;
static _Thread_local struct error *current_error;

static void *library_alloc(size_t size)
{
    return current_arena == NULL ? NULL : arena_alloc(current_arena, size, current_error);
}

static void library_free(void *p)
{
    (void)p; /* the arena's reset does it */
}

static void install_allocator(void)
{
    cJSON_Hooks hooks = {.malloc_fn = library_alloc, .free_fn = library_free};
    cJSON_InitHooks(&hooks);
}

static const cJSON *node_of(const struct json_value *v)
{
    return (const cJSON *)(const void *)v;
}

static const struct json_value *value_of(const cJSON *node)
{
    return (const struct json_value *)(const void *)node;
}

/* The end of the string whose opening quote is at P, past its closing quote. */
static char *past_string(char *p)
{
    for (p++; *p != '"'; p++) {
        if (*p == '\\')
            p++;
    }
    return p + 1;
}

static bool is_number_byte(char c)
{
    return ascii_is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Makes every number of the checked TEXT a 0 and moves its digits to DIGITS, a NUL after each. */
static void take_numbers(char *text, const char *end, char *digits)
{
    char *p = text;
    while (p < end) {
        if (*p == '"') {
            p = past_string(p);
            continue;
        }
        char *first = p;
        if (*p == '-' || ascii_is_digit(*p)) {
            while (p < end && is_number_byte(*p))
                p++;
            size_t size = (size_t)(p - first);
            memcpy(digits, first, size);
            digits += size;
            *digits++ = '\0';
            memset(first, ' ', size);
            *first = '0';
        } else {
            p++;
        }
    }
}

/* Hangs DIGITS, one text after the other, on the number nodes in the order of the document. */
static void give_numbers(cJSON *root, char *digits)
{
    cJSON *open[JSON_DEPTH_MAX];
    size_t depth = 0;
    cJSON *node = root;
    while (node != NULL) {
        if (cJSON_IsNumber(node)) {
            node->valuestring = digits;
            digits += strlen(digits) + 1;
        }
        if (node->child != NULL) {
            open[depth++] = node;
            node = node->child;
            continue;
        }
        while (node->next == NULL && depth > 0)
            node = open[--depth];
        node = node->next;
    }
}

static cJSON *read_tree(struct text checked, struct arena *arena, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install_allocator);
    struct error failure = {.code = ERROR_NONE};
    current_arena = arena;
    current_error = &failure;
    cJSON *root = cJSON_ParseWithLengthOpts(checked.data, checked.size, NULL, false);
    current_arena = NULL;
    current_error = NULL;
    if (root != NULL)
        return root;
    if (failure.code == ERROR_NONE)
        error_set(&failure, ERROR_INTERNAL, "cJSON refused a document that passed our check");
    *err = failure;
    return NULL;
}

bool json_read(struct text document, const struct json_limits *limits, struct arena *arena,
               const struct json_value **root, struct error *err)
{
    struct json_census census;
    if (!json_scan(document, limits, arena, &census, err))
        return false;
    char *digits = NULL;
    if (census.numbers > 0) {
        digits = arena_alloc(arena, census.number_bytes + census.numbers, err);
        char *copy = digits == NULL ? NULL : arena_alloc(arena, document.size, err);
        if (copy == NULL)
            return false;
        memcpy(copy, document.data, document.size);
        take_numbers(copy, copy + document.size, digits);
        document.data = copy;
    }
    cJSON *tree = read_tree(document, arena, err);
    if (tree == NULL)
        return false;
    if (digits != NULL)
        give_numbers(tree, digits);
    *root = value_of(tree);
    return true;
}

enum json_kind json_kind(const struct json_value *v)
{
    switch (node_of(v)->type & 0xFF) {
    case cJSON_False:
        return JSON_FALSE;
    case cJSON_True:
        return JSON_TRUE;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

const struct json_value *json_first(const struct json_value *v)
{
    return value_of(node_of(v)->child);
}

const struct json_value *json_next(const struct json_value *v)
{
    return value_of(node_of(v)->next);
}

struct text json_name(const struct json_value *member)
{
    return text_of(node_of(member)->string);
}

const struct json_value *json_find(const struct json_value *object, const char *name)
{
    if (json_kind(object) != JSON_OBJECT)
        return NULL;
    const cJSON *member = node_of(object)->child;
    while (member != NULL && strcmp(member->string, name) != 0)
        member = member->next;
    return value_of(member);
}

struct text json_string(const struct json_value *v)
{
    return text_of(v != NULL && json_kind(v) == JSON_STRING ? node_of(v)->valuestring : NULL);
}

struct text json_number(const struct json_value *v)
{
    return text_of(v != NULL && json_kind(v) == JSON_NUMBER ? node_of(v)->valuestring : NULL);
}
