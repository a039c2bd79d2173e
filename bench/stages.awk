# SPDX-License-Identifier: Apache-2.0
# A table of stages. First file: `perf report --children`, the share of user-space time of a function with all it calls; second file:
# `callgrind_annotate --inclusive=yes`. Of N requests; US is the user-space time of one.
function stage(label, sum,    parts, count, i, name, sign, calls, time) {
    count = split(sum, parts, " ")
    for (i = 1; i <= count; i++) {
        sign = sub(/^-/, "", parts[i]) ? -1 : 1
        calls += sign * instructions[parts[i]]
        time += sign * share[parts[i]]
    }
    printf "| %s | %d | %.1f | %.2f |\n", label, calls / n, time, us * time / 100
}
FNR == 1 { file++ }
file == 1 && /%/ {
    name = $4
    if ($1 + 0 > share[name]) share[name] = $1 + 0
    if (name ~ /^__memset_/) share["memset"] += $2
}
file == 2 && /^ *[0-9,]+ / {
    gsub(",", "", $1)
    name = $2
    sub(/.*[:\/]/, "", name)
    if (/PROGRAM TOTALS/) name = "all"
    if ($1 + 0 > instructions[name]) instructions[name] = $1 + 0
    if (name ~ /^__memset_/ && $1 + 0 > instructions["memset"]) instructions["memset"] = $1 + 0
}
END {
    share["all"] = 100
    print "| stage (functions) | instructions | % of user time | µs |"
    print "|---|---|---|---|"
    stage("all of a request", "all")
    stage("libmicrohttpd, with what we ask of it", "all -exchange_begin -exchange_head -exchange_body -exchange_answer -exchange_end -exchange_add_header")
    stage("– zeroing memory, nearly all of it libmicrohttpd's (memset; callgrind counts a byte as an instruction)", "memset")
    stage("begin and end: memory, deadline, log (exchange_begin, exchange_end)", "exchange_begin exchange_end")
    stage("head: gate, route, trace (exchange_head, exchange_add_header)", "exchange_head exchange_add_header")
    stage("authenticate", "authenticate")
    stage("– hash of the token (token_digest; callgrind's processor has no SHA instructions)", "token_digest")
    stage("– remembered tokens (remembered_find)", "remembered_find")
    stage("rate limit (api_limit)", "api_limit")
    stage("parse (batch_parse_documented)", "batch_parse_documented")
    stage("– strict check (json_scan)", "json_scan")
    stage("– cJSON", "cJSON_ParseWithLengthOpts")
    stage("resolve, policy (read_resolve)", "read_resolve")
    stage("store (read_values)", "read_values")
    stage("write (read_answer)", "read_answer")
    stage("ETag, headers, the rest (http_answer)", "http_answer -authenticate -api_limit -batch_parse_documented -read_resolve -read_values -read_answer")
    stage("**authenticate, limit, parse, resolve, write**", "authenticate api_limit batch_parse_documented read_resolve read_answer")
}
