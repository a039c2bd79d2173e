/* SPDX-License-Identifier: Apache-2.0 */
/* The one file of jose that speaks zlib. Awkward: 4 KB of input can hold 4 MB, and how much it will be nobody
 * says in advance. A first pass through a small buffer counts, and stops at the limit; only a second one
 * writes. */
#include "jose/deflate.h"

#include <string.h>
#define ZLIB_CONST /* input is only read */
#include <zlib.h>

#include "base/memory.h"

#define RAW_WINDOW (-MAX_WBITS) /* no zlib or gzip wrapper, a window of 32 KiB */
#define SCRATCH    16384        /* bytes: most tokens fit, and are then done in one pass */
#define PLAIN_MAX  16777216     /* bytes to deflate, so that zlib's 32-bit counts hold */

/* zlib's memory through the same door as ours. */
static voidpf take(voidpf opaque, uInt count, uInt size)
{
    struct error ignored; /* zlib says Z_MEM_ERROR */
    (void)opaque;
    return memory_alloc_array(count, size, &ignored);
}

static void give(voidpf opaque, voidpf address)
{
    (void)opaque;
    memory_free(address);
}

static void set_input(z_stream *stream, struct text bytes)
{
    stream->next_in = (const Bytef *)bytes.data;
    stream->avail_in = (uInt)bytes.size;
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, "no memory to inflate or deflate a token with");
}

/* Runs STREAM to its end through SCRATCH; *size is what came out. */
static bool count(z_stream *stream, size_t limit, unsigned char scratch[static SCRATCH], size_t *size,
                  struct error *err)
{
    int state = Z_OK;
    size_t total = 0;
    while (state == Z_OK) {
        stream->next_out = scratch;
        stream->avail_out = SCRATCH;
        state = inflate(stream, Z_NO_FLUSH);
        total += SCRATCH - stream->avail_out;
        if (total > limit)
            return error_set(err, ERROR_TOKEN_MALFORMED,
                             "the plaintext inflates to more than the limit of %zu bytes", limit);
    }
    if (state == Z_MEM_ERROR)
        return no_memory(err);
    if (state != Z_STREAM_END) /* Z_BUF_ERROR: it ends in the middle; Z_NEED_DICT: not in a raw stream */
        return error_set(err, ERROR_TOKEN_MALFORMED, "the plaintext is no whole DEFLATE stream (RFC 1951)");
    if (stream->avail_in != 0)
        return error_set(err, ERROR_TOKEN_MALFORMED, "bytes follow the plaintext's DEFLATE stream");
    *size = total;
    return true;
}

/* What the first pass found to be good, again, into OUT's SIZE bytes. */
static bool write_again(z_stream *stream, struct text packed, char *out, size_t size, struct error *err)
{
    if (inflateReset(stream) != Z_OK)
        return error_set(err, ERROR_INTERNAL, "zlib cannot start again");
    set_input(stream, packed);
    stream->next_out = (Bytef *)out;
    stream->avail_out = (uInt)size;
    int state = inflate(stream, Z_FINISH);
    if (state == Z_MEM_ERROR)
        return no_memory(err);
    return (state == Z_STREAM_END && stream->avail_out == 0) ||
           error_set(err, ERROR_INTERNAL, "zlib inflates the same bytes to others");
}

bool inflate_whole(struct text packed, size_t limit, struct arena *arena, struct text *out, struct error *err)
{
    unsigned char scratch[SCRATCH];
    z_stream stream = {.zalloc = take, .zfree = give};
    size_t size = 0;
    if (inflateInit2(&stream, RAW_WINDOW) != Z_OK)
        return no_memory(err);
    set_input(&stream, packed);
    char *bytes = NULL;
    bool done = count(&stream, limit, scratch, &size, err) && (bytes = arena_alloc(arena, size, err)) != NULL;
    if (done && size <= SCRATCH)
        memcpy(bytes, scratch, size);
    else if (done)
        done = write_again(&stream, packed, bytes, size, err);
    inflateEnd(&stream);
    memory_cleanse(scratch, sizeof scratch);
    if (done)
        *out = text_slice(bytes, size);
    return done;
}

bool deflate_whole(struct text plain, struct arena *arena, struct text *out, struct error *err)
{
    z_stream stream = {.zalloc = take, .zfree = give};
    if (plain.size > PLAIN_MAX)
        return error_set(err, ERROR_USAGE, "%zu bytes are too many to deflate; at most %d", plain.size,
                         PLAIN_MAX);
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, RAW_WINDOW, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return no_memory(err);
    size_t room = deflateBound(&stream, (uLong)plain.size);
    char *bytes = arena_alloc(arena, room, err);
    bool done = bytes != NULL;
    if (done) {
        set_input(&stream, plain);
        stream.next_out = (Bytef *)bytes;
        stream.avail_out = (uInt)room;
        done = deflate(&stream, Z_FINISH) == Z_STREAM_END ||
               error_set(err, ERROR_INTERNAL, "zlib needs more room than it said");
    }
    size_t size = stream.total_out;
    deflateEnd(&stream);
    if (done)
        *out = text_slice(bytes, size);
    return done;
}
