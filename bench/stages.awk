# SPDX-License-Identifier: Apache-2.0
# callgrind_annotate --inclusive=yes to a table of stages: instructions a request, of all requests N, and their share of US microseconds.
function per(name) { return count[name] / n }
function row(depth, label, value) {
    printf "| %s%s | %d | %.1f %% | %.2f |\n", depth ? "– " : "", label, value, 100 * value / total, us * value / total
}
/PROGRAM TOTALS/ { gsub(",", "", $1); total = $1 / n }
/^ *[0-9,]+ / {
    gsub(",", "", $1)
    name = $2
    sub(/.*:/, "", name)
    if ($1 + 0 > count[name]) count[name] = $1 + 0
}
END {
    ours = per("exchange_begin") + per("exchange_head") + per("exchange_body") + per("exchange_answer") + per("exchange_end") + per("exchange_add_header")
    print "| stage | instructions | share | µs, estimated |"
    print "|---|---|---|---|"
    row(0, "all of a request", total)
    row(0, "libmicrohttpd, with what our callbacks ask of it", total - ours)
    row(0, "begin: memory, trace, deadline (exchange_begin, exchange_end)", per("exchange_begin") + per("exchange_end"))
    row(0, "head: gate, route, trace (exchange_head, exchange_add_header)", per("exchange_head") + per("exchange_add_header"))
    row(0, "body (exchange_body)", per("exchange_body"))
    row(0, "authenticate", per("authenticate"))
    row(1, "SHA-256 of the token (token_digest)", per("token_digest"))
    row(1, "the table of remembered tokens (remembered_find)", per("remembered_find"))
    row(0, "rate limit (api_limit)", per("api_limit"))
    row(0, "parse (batch_parse_documented)", per("batch_parse_documented"))
    row(1, "strict check (json_scan)", per("json_scan"))
    row(1, "cJSON", per("cJSON_ParseWithLengthOpts"))
    row(0, "resolve names, policy (read_resolve)", per("read_resolve"))
    row(0, "store (store_read_values)", per("store_read_values"))
    row(0, "write (read_answer)", per("read_answer"))
    row(0, "ETag, content coding, headers and the rest of http_answer", per("http_answer") - per("authenticate") - per("api_limit") - per("batch_parse_documented") - per("read_resolve") - per("store_read_values") - per("read_answer"))
    row(1, "hash of the answer (hash_text_128)", per("hash_text_128"))
    goal = per("authenticate") + per("api_limit") + per("batch_parse_documented") + per("read_resolve") + per("read_answer")
    row(0, "**authenticate + limit + parse + resolve + write** (goal: 4 µs for S)", goal)
}
