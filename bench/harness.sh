# SPDX-License-Identifier: Apache-2.0
# What bench/run, bench/growth and bench/cost share: build, a database of a fixed seed, tokens, servers, one measurement. Sourced with bash.
# Uses $folder (temporary, removed at the end) and $pids (ended at the end).
cd "$(dirname "${BASH_SOURCE[0]}")/.."
userstats=build/release/userstats
folder=$(mktemp -d)
pids=()

finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

build() {
    cmake --preset release >/dev/null
    cmake --build --preset release --target userstats bench_tokens >"$folder/build.log" || { cat "$folder/build.log" >&2; return 1; }
    # shellcheck disable=SC2046 # pkg-config prints words
    cc -O2 -o "$folder/bare" bench/bare.c $(pkg-config --cflags --libs libmicrohttpd)
}

# Settings of every server, keys, 1,000 good and 1,000 bad tokens.
prepare() {
    export USERSTATS_AUTH_ISSUER=bench USERSTATS_AUTH_AUDIENCE=bench USERSTATS_AUTH_KEYS=$folder/keys/jwks.json
    export USERSTATS_SERVER_LISTEN=127.0.0.1:0 USERSTATS_SERVER_ADMIN_LISTEN=127.0.0.1:0 USERSTATS_LOG_LEVEL=${LOG_LEVEL:-warning}
    $userstats token keygen --out "$folder/keys" >/dev/null
    build/release/bench_tokens "$folder/keys/signing.key.pem" 1000 good >"$folder/tokens"
    build/release/bench_tokens "$folder/keys/signing.key.pem" 1000 bad >"$folder/bad_tokens"
}

# database USERS: makes $folder/USERS.db of 20 values a user.
database() {
    local -x USERSTATS_STORE_URL=sqlite:$folder/$1.db
    $userstats schema migrate >/dev/null
    awk -f bench/catalog.awk >"$folder/catalog.json"
    $userstats catalog apply "$folder/catalog.json" >/dev/null
    awk -v rows=$(($1 * 20)) -v order=users -v ids=/dev/null -v ours=/dev/stdout -v base=/dev/null -f bench/import_rows.awk |
        $userstats import --format csv - >/dev/null 2>&1
}

# wait_for FILE PATTERN: prints the first match once the file holds it
wait_for() {
    for _ in $(seq 400); do
        if grep -oE "$2" "$1" | head -n 1 | grep .; then return; fi
        sleep 0.05
    done
    echo "nothing like $2 in:" >&2
    cat "$1" >&2
    return 1
}

# serve NAME USERS THREADS [PROGRAM...]: starts ours; sets $url and $pid. Nobody logs requests here, as no peer does (LOG_LEVEL=info: ours does).
serve() {
    local name=$1 users=$2 threads=$3 address
    shift 3
    [ $# -gt 0 ] || set -- "$userstats"
    USERSTATS_STORE_URL=sqlite:$folder/$users.db USERSTATS_SERVER_THREADS=$threads "$@" serve >"$folder/$name.log" 2>"$folder/$name.err" &
    pid=$!
    pids+=("$pid")
    address=$(wait_for "$folder/$name.log" 'serving http://127\.0\.0\.1:[0-9]+')
    url=${address#serving }/batch
}

# wrk_for CONNECTIONS SECONDS URL: prints "requests/s p50 p99 errors requests"; USERS, ASK, STATS, TOKENS and MATCH are read by the script
wrk_for() { wrk -t 1 -c "$1" -d "$2s" --timeout 20s -s bench/batch.lua "$3" | sed -n 's/^RESULT //p'; }

median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
