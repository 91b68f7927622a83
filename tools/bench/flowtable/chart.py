# SPDX-License-Identifier: GPL-2.0-only
"""The chart: lookups a second, with their range, of every table in every case."""

import subprocess

COLOURS = {"rte_hash": "#a3b8d9", "ovs dpcls": "#c9a45c", "ovs classifier": "#d9c7a3",
           "vsext without cache": "#8c8c8c", "vsext": "#2a8c5a"}
WIDTH, HEIGHT = 620, 400


def amount(n):
    return f"{n // 1000000}M" if n >= 1000000 else f"{n // 1000}k" if n >= 1000 else str(n)


def datablock(run, number, traffic):
    lines = [f"$traffic{number} << EOD"]
    for rules in run.sets:
        cells = []
        for table in run.tables:
            cells += ["%.3f" % rate for rate in run.rates(rules, traffic, table) or ()] or ["nan"] * 3
        lines.append(f'"{amount(rules[0])} x {rules[1]}" ' + " ".join(cells))
    return "\n".join(lines + ["EOD", ""])


def plot(run, number, traffic, key):
    width = 0.84 / len(run.tables)
    boxes, ranges = [], []
    for n, table in enumerate(run.tables):
        at = f"($0{-0.42 + (n + 0.5) * width:+.4f})"
        column = 2 + 3 * n
        colour = COLOURS[table]
        boxes.append(f'$traffic{number} using {at}:{column}:({width:.4f}) with boxes fs solid 1 noborder '
                     f'lc rgb "{colour}" title "{table}"')
        ranges.append(f'$traffic{number} using {at}:{column + 1}:(0):(${column + 2}-${column + 1}) '
                      f'with vectors heads size graph 0.004,90 lw 1.2 lc rgb "#222222" notitle')
    tics = ", ".join(f'"{amount(rules)} x {masks}" {n}' for n, (rules, masks) in enumerate(run.sets))
    return f"""
set title "{traffic}" font ",14"
set ylabel "million lookups a second"
set xtics ({tics}) rotate by -35 left
{'set key at screen 0.5, screen 0.03 center center horizontal Left reverse samplen 1.5 width 3 noenhanced' if key else 'unset key'}
plot {(", " + chr(92) + chr(10) + "     ").join(boxes + ranges)}
"""


def script(run, path):
    columns = min(2, len(run.traffics))
    rows = (len(run.traffics) + 1) // 2
    text = "".join(datablock(run, n, t) for n, t in enumerate(run.traffics))
    text += f"""
set terminal pngcairo size {columns * WIDTH + 40},{rows * HEIGHT + 110} font "DejaVu Sans,11" background rgb "white"
set output "{path}"
set multiplot title "Flow table lookups, rules x masks" noenhanced font ",17"
set border 3 lc rgb "#888888"
set tics nomirror out tc rgb "#333333"
set grid ytics lc rgb "#e2e2e2" lt 1
set datafile missing "nan"
set yrange [0:*]
set xrange [-0.6:{len(run.sets) - 0.4}]
"""
    for n, traffic in enumerate(run.traffics):
        left, top = n % columns / columns, 0.93 - n // columns * 0.86 / rows
        text += f"set lmargin at screen {left + 0.07:.4f}\nset rmargin at screen {left + 1 / columns - 0.03:.4f}\n"
        text += f"set tmargin at screen {top - 0.035:.4f}\nset bmargin at screen {top - 0.86 / rows + 0.075:.4f}\n"
        text += plot(run, n, traffic, n == 0)
    return text + "unset multiplot\n"


def draw(run, path):
    subprocess.run(["gnuplot"], input=script(run, path), text=True, check=True)
