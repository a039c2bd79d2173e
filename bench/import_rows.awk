# SPDX-License-Identifier: Apache-2.0
# ROWS values of ROWS / 20 users in the 20 statistics of catalog.awk, from a fixed seed. ORDER "users": a user's rows side by side; "random":
# scattered (7919 is a prime that does not divide ROWS, so every row comes once). Writes OURS for userstats import, and BASE with the same
# values as the table holds them, for .import; IDS are lines "name|statistic id".
BEGIN {
    srand(20261124)
    while ((getline line < ids) > 0) {
        split(line, part, "|")
        id[part[1]] = part[2]
    }
    print "xuid,scid,statname,value" >ours
    for (i = 0; i < rows; i++) {
        at = order == "random" ? (i * 7919) % rows : i
        xuid = 2533274790395905 + int(at / 20)
        s = at % 20
        value = int(rand() * 1000000)
        printf "%.0f,bench-%d,Stat%d,%d\n", xuid, int(s / 10), s + 1, value >ours
        printf "%.0f,%d,%d\n", xuid, id["Stat" (s + 1)], value >base
    }
}
