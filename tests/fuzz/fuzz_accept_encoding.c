/* SPDX-License-Identifier: Apache-2.0 */
/* Any two header values: their order does not matter, a coding that we do not have does not either, and gzip
 * refused once is refused. */
#include <stdlib.h>

#include "http/content_coding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text all = text_slice((const char *)data, size), one = all, two = {"", 0};
    const struct text name = text_of("Accept-Encoding");
    text_split(all, '\n', &one, &two);
    const struct http_header forth[] = {{name, one}, {name, two}, {name, text_of("br;q=0.7")}};
    const struct http_header back[] = {{name, two}, {name, one}};
    const struct http_header refused[] = {{name, one}, {name, text_of("gzip;q=0")}};
    enum gzip_wish wish = content_coding_wish(&(struct http_request){.headers = forth, .header_count = 2});
    if (wish != content_coding_wish(&(struct http_request){.headers = back, .header_count = 2}) ||
        wish != content_coding_wish(&(struct http_request){.headers = forth, .header_count = 3}) ||
        content_coding_wish(&(struct http_request){.headers = refused, .header_count = 2}) != GZIP_NO)
        abort();
    return 0;
}
