# SPDX-License-Identifier: Apache-2.0
# USERS users × 20 statistics in two scids as CSV rows for import: awk -v users=50000 -f rows.awk. Values from a fixed seed.
BEGIN {
    srand(20261124)
    print "xuid,scid,statname,value"
    for (u = 1; u <= users; u++)
        for (s = 0; s < 20; s++)
            printf "%.0f,bench-%d,Stat%d,%d\n", 2533274790395904 + u, int(s / 10), s + 1, int(rand() * 1000000)
}
