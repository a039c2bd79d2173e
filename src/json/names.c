/* SPDX-License-Identifier: Apache-2.0 */
/* Duplicates by sorting: n names of L bytes cost n·log n·L at worst, whatever an attacker chooses, which no
 * hash promises. Awkward: names are compared as they decode, but never decoded into memory; the comparison
 * reads both character by character. */
#include "json/names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void json_names_init(struct json_names *names, struct arena *arena)
{
    names->items = names->first;
    names->count = 0;
    names->capacity = JSON_NAMES_FIRST;
    names->arena = arena;
}

bool json_names_push(struct json_names *names, struct text raw, struct error *err)
{
    if (names->count == names->capacity) {
        struct text *items = arena_alloc_array(names->arena, names->capacity * 2, sizeof *items, err);
        if (items == NULL)
            return false;
        memcpy(items, names->items, names->count * sizeof *items);
        names->items = items;
        names->capacity *= 2;
    }
    names->items[names->count++] = raw;
    return true;
}

static uint32_t hex4(const char *digits)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        char c = ascii_lower(digits[i]);
        unit = unit * 16 + (uint32_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return unit;
}

/* The character of the escape whose first byte after the '\' is *AT; moves AT past it. */
static uint32_t next_escaped(const char **at)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    char c = *(*at)++;
    const char *letter = strchr(letters, c);
    if (letter != NULL)
        return (uint32_t)meanings[letter - letters];
    if (c != 'u')
        return (uint32_t)c; /* '"', '\' or '/' */
    uint32_t unit = hex4(*at);
    *at += 4;
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    uint32_t low = hex4(*at + 2); /* the scan saw to it that the other half follows */
    *at += 6;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

/* The next character of a checked string; moves AT past it. */
static uint32_t next_character(const char **at)
{
    unsigned char lead = (unsigned char)*(*at)++;
    if (lead == '\\')
        return next_escaped(at);
    if (lead < 0x80)
        return lead;
    int following = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    uint32_t character = lead & (0x3FU >> following);
    for (int i = 0; i < following; i++)
        character = character << 6 | ((unsigned char)*(*at)++ & 0x3FU);
    return character;
}

static int compare_decoded(struct text a, struct text b)
{
    const char *p = a.data, *q = b.data;
    const char *p_end = a.data + a.size, *q_end = b.data + b.size;
    while (p < p_end && q < q_end) {
        uint32_t x = next_character(&p), y = next_character(&q);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (p < p_end) - (q < q_end);
}

/* By name, and equal names in the order of the document. */
static int compare_names(const void *left, const void *right)
{
    const struct text *a = left, *b = right;
    int order = compare_decoded(*a, *b);
    return order != 0 ? order : (a->data > b->data) - (a->data < b->data);
}

struct text json_names_pop(struct json_names *names, size_t from)
{
    struct text *items = names->items + from;
    size_t count = names->count - from;
    struct text repeated = {NULL, 0};
    names->count = from;
    if (count > 1)
        qsort(items, count, sizeof *items, compare_names);
    for (size_t i = 1; i < count; i++) {
        bool earlier = repeated.data == NULL || items[i].data < repeated.data;
        if (earlier && compare_decoded(items[i - 1], items[i]) == 0)
            repeated = items[i];
    }
    return repeated;
}
