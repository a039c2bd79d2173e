# SPDX-License-Identifier: Apache-2.0
# ROWS values as SET commands of the redis protocol, for redis-cli --pipe; keys as redis-benchmark makes them of __rand_int__.
BEGIN {
    srand(20261124)
    for (i = 0; i < rows; i++) {
        value = int(rand() * 1000000) ""
        printf "*3\r\n$3\r\nSET\r\n$14\r\nv:%012d\r\n$%d\r\n%s\r\n", i, length(value), value
    }
}
