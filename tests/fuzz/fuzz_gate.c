/* SPDX-License-Identifier: Apache-2.0 */
/* A head cut up as a carrier would: what passes the gate is framed in one way only, and everything is
 * answered. */
#include <stdlib.h>
#include "http/gate.h"
#include "http/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text rest = text_slice((const char *)data, size), line = {"", 0};
    struct http_header headers[100] = {{{NULL, 0}, {NULL, 0}}};
    struct http_head head = {.version = text_of("HTTP/1.1"), .headers = headers};
    struct arena arena = {.limit = 65536};
    if (text_split(rest, '\n', &line, &rest) && text_split(line, ' ', &head.method, &line))
        text_split(line, ' ', &head.target, &line);
    for (; head.header_count < 100 && text_split(rest, '\n', &line, &rest); head.header_count++)
        text_split(line, ':', &headers[head.header_count].name, &headers[head.header_count].value);
    struct error err, told;
    bool passed = http_gate_check(&head, &err), declared, chunked;
    http_gate_body_size(&head, &declared, &(uint64_t){0}, &chunked);
    struct http_request r = {.path = head.target, .headers = headers, .header_count = 100, .arena = &arena};
    struct http_response response;
    http_trace_start(&r.trace, &(struct http_trace_caller){head.target, line}, &random_system);
    http_answer(&(struct http_router){NULL, 0, NULL, 100, 0}, &r, passed ? NULL : &err, &response, &told);
    if ((passed && declared && chunked) || response.status < 400 || response.body.size == 0)
        abort();
    arena_reset(&arena);
    return 0;
}
