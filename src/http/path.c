/* SPDX-License-Identifier: Apache-2.0 */
/* Compares paths with templates, segment by segment. Awkward: segments are split before anything is decoded,
 * so that an escaped '/' never makes two of one; and a literal segment in another spelling (%62atch) is
 * another path, since a filter in front of this service may have let it through as one. */
#include "http/path.h"

/* The next segment of *REST, without the '/' before it; false when there is none. */
static bool next_segment(struct text *rest, struct text *segment)
{
    if (rest->size == 0 || rest->data[0] != '/')
        return false;
    struct text after = text_slice(rest->data + 1, rest->size - 1), tail;
    *segment = after;
    *rest = text_slice("", 0);
    if (text_split(after, '/', segment, &tail))
        *rest = text_slice(tail.data - 1, tail.size + 1);
    return true;
}

static bool is_part(struct text segment)
{
    return segment.size > 2 && segment.data[0] == '{' && segment.data[segment.size - 1] == '}';
}

bool path_matches(const char *template, struct text path)
{
    struct text wanted, found, wanted_rest = text_of(template), rest = path;
    while (next_segment(&wanted_rest, &wanted)) {
        if (!next_segment(&rest, &found))
            return false;
        if (is_part(wanted) ? found.size == 0 : !text_equals(wanted, found))
            return false;
    }
    return rest.size == 0;
}

bool path_part(const char *template, struct text path, const char *name, struct text *out)
{
    struct text wanted, found, wanted_rest = text_of(template), rest = path;
    while (next_segment(&wanted_rest, &wanted) && next_segment(&rest, &found)) {
        if (is_part(wanted) && text_equals(text_slice(wanted.data + 1, wanted.size - 2), text_of(name))) {
            *out = found;
            return true;
        }
    }
    return false;
}
