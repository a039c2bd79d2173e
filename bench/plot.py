#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two plots as one SVG: throughput against the number of values, and against the users of a batch.
usage: plot.py GROWTH.csv BATCH.csv"""
import csv
import math
import sys

WIDTH, HEIGHT, LEFT, TOP = 420, 260, 70, 50
COLOURS = ["#1b6ca8", "#d1495b", "#3a7d44", "#8d5fb5", "#c77d0a", "#555555"]


def rows(path):
    with open(path, newline="", encoding="ascii") as lines:
        return list(csv.DictReader(lines))


def nice_top(value):
    step = 10 ** math.floor(math.log10(value))
    return next(step * m for m in (1, 2, 4, 6, 8, 10) if step * m >= value)


def text(x, y, words, anchor="middle", colour="#222"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


class Plot:
    """One plot with a logarithmic x axis, its left upper corner at LEFT, TOP of its own group."""

    def __init__(self, title, x_label, xs, top):
        self.xs, self.top, self.lines = xs, top, 0
        self.out = [text(LEFT + WIDTH / 2, TOP - 22, title), text(LEFT + WIDTH / 2, TOP + HEIGHT + 40, x_label)]
        for i in range(5):
            value = top * i / 4
            self.out += [f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{self.y(value):.1f}" y2="{self.y(value):.1f}" stroke="#ddd"/>',
                         text(LEFT - 8, self.y(value) + 4, f"{value:,.0f}", "end")]
        self.out += [text(self.x(x), TOP + HEIGHT + 18, f"{x:,}") for x in xs]

    def x(self, value):
        low, high = math.log(self.xs[0]), math.log(self.xs[-1])
        return LEFT + WIDTH * (math.log(value) - low) / (high - low or 1)

    def y(self, value):
        return TOP + HEIGHT * (1 - value / self.top)

    def line(self, name, points):
        colour = COLOURS[self.lines % len(COLOURS)]
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        self.out += [f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        self.out.append(text(LEFT + WIDTH + 10, TOP + 12 + 18 * self.lines, name, "start", colour))
        self.lines += 1


def growth(path):
    found = rows(path)
    xs = sorted({int(r["values"]) for r in found})
    plot = Plot("S (2 users × 4 statistics): requests/s against values in the database", "values", xs,
                nice_top(max(float(r["requests_per_s"]) for r in found)))
    for threads in ("1", "2"):
        for connections in ("1", "64", "1024"):
            plot.line(f"{threads} thread{'s' * (threads > '1')}, {connections} conn.", [
                (int(r["values"]), float(r["requests_per_s"])) for r in found
                if (r["threads"], r["connections"]) == (threads, connections)])
    return plot


def batch(path):
    found = rows(path)
    plot = Plot("Values/s against the users of a batch (× 10 statistics)", "users", [int(r["users"]) for r in found],
                nice_top(max(float(r["values_per_s"]) for r in found)))
    plot.line("2 threads, 64 conn.", [(int(r["users"]), float(r["values_per_s"])) for r in found])
    return plot


def main():
    total = 2 * (LEFT + WIDTH + 150)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{TOP + HEIGHT + 60}" font-family="sans-serif" font-size="12">')
    print(f'<rect width="{total}" height="{TOP + HEIGHT + 60}" fill="white"/>')
    for i, plot in enumerate((growth(sys.argv[1]), batch(sys.argv[2]))):
        print(f'<g transform="translate({i * total / 2:.0f} 0)">', *plot.out, "</g>", sep="\n")
    print("</svg>")


if __name__ == "__main__":
    main()
