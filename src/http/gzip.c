/* SPDX-License-Identifier: Apache-2.0 */
/* The only file of the module that speaks zlib. Awkward: a compressor is large and slow to make, so each
 * thread keeps its own, which has to go with the thread. */
#include "http/gzip.h"

#include <limits.h>
#include <pthread.h>
#include <zlib.h>

#include "base/memory.h"

/* Level 1, a window of 8 KiB and hash tables to match: for JSON like ours the result is within about 1 % of
 * what the largest of both give, and there is less to clear before each answer and to keep per thread. */
#define LEVEL        1
#define WINDOW_BITS  13
#define GZIP_FORMAT  16 /* added to the window's bits: a gzip header and trailer, not zlib's */
#define MEMORY_LEVEL 5

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static void *take(void *opaque, unsigned count, unsigned size)
{
    struct error ignored;
    (void)opaque;
    return memory_alloc_array(count, size, &ignored);
}

static void give(void *opaque, void *p)
{
    (void)opaque;
    memory_free(p);
}

static void end_of_thread(void *stream)
{
    deflateEnd(stream);
    memory_free(stream);
}

static void make_key(void)
{
    has_key = pthread_key_create(&key, end_of_thread) == 0;
}

static z_stream *make_stream(struct error *err)
{
    z_stream *stream = memory_alloc(sizeof *stream, err);
    if (stream == NULL)
        return NULL;
    stream->zalloc = take;
    stream->zfree = give;
    int result =
        deflateInit2(stream, LEVEL, Z_DEFLATED, WINDOW_BITS + GZIP_FORMAT, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
    if (result == Z_OK && pthread_setspecific(key, stream) == 0)
        return stream;
    if (result == Z_OK)
        deflateEnd(stream);
    memory_free(stream);
    error_set(err, ERROR_NO_MEMORY, "no compressor for this thread (zlib: %d)", result);
    return NULL;
}

/* The calling thread's, ready for a new text. */
static z_stream *stream_of_thread(struct error *err)
{
    pthread_once(&once, make_key);
    if (!has_key) {
        error_set(err, ERROR_INTERNAL, "no thread-specific data left for a compressor");
        return NULL;
    }
    z_stream *stream = pthread_getspecific(key);
    if (stream == NULL)
        return make_stream(err);
    deflateReset(stream);
    return stream;
}

bool gzip_write(struct text in, bool at_any_size, struct arena *arena, struct text *out, struct error *err)
{
    if (in.size > INT_MAX)
        return error_set(err, ERROR_INTERNAL, "%zu bytes are too many to compress at once", in.size);
    z_stream *stream = stream_of_thread(err);
    if (stream == NULL)
        return false;
    size_t most = at_any_size ? deflateBound(stream, (uLong)in.size) : in.size;
    unsigned char *bytes = arena_alloc(arena, most, err);
    if (bytes == NULL)
        return false;
    stream->next_in = (unsigned char *)(uintptr_t)in.data; /* which zlib only reads */
    stream->avail_in = (uInt)in.size;
    stream->next_out = bytes;
    stream->avail_out = (uInt)most;
    int result = deflate(stream, Z_FINISH);
    size_t size = most - stream->avail_out;
    bool is_whole = result == Z_STREAM_END && (at_any_size || size < in.size);
    if (!is_whole && at_any_size)
        return error_set(err, ERROR_INTERNAL, "zlib: %d after %zu of at most %zu bytes", result, size, most);
    *out = is_whole ? text_slice((const char *)bytes, size) : (struct text){NULL, 0};
    return true;
}
