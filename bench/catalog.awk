# SPDX-License-Identifier: Apache-2.0
# The catalog that rows.awk fits: two scids of ten open Integer statistics each.
BEGIN {
    printf "{\"titles\":[{\"titleId\":1,\"name\":\"Bench\"}],\"scids\":["
    for (c = 0; c < 2; c++) {
        printf "%s{\"scid\":\"bench-%d\",\"sandbox\":\"RETAIL\",\"titleIds\":[1],\"statistics\":[", (c ? "," : ""), c
        for (s = 1; s <= 10; s++)
            printf "%s{\"name\":\"Stat%d\",\"type\":\"Integer\",\"access\":\"open\"}", (s > 1 ? "," : ""), c * 10 + s
        printf "]}"
    }
    print "]}"
}
