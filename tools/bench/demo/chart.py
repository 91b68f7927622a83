# SPDX-License-Identifier: GPL-2.0-only
"""The chart: throughput per mode with its range, and packets per core."""

import statistics
import subprocess

COLOURS = {"single": "#8c8c8c", "rss": "#a3b8d9", "rss-tuned": "#7f9dcc", "rps": "#d9c7a3",
           "rps-tuned": "#c9a45c", "vsext": "#2a8c5a", "vsext-rss": "#46b37c"}
# VM cores warm, free cores cool: softirqs in red or orange take time from a VM.
CORES = ("#c8402f", "#e58a4e", "#3d7ea6", "#1f3f66")


def rows(run, size):
    for mode in run.modes:
        results = run.by[size, mode]
        if results:
            totals = run.totals(size, mode)
            cores = [statistics.median(c) / 1000 for c in zip(*(r["core_packets"] for r in results))]
            yield mode, statistics.median(totals), min(totals), max(totals), cores


def datablock(run, size):
    lines = [f"$size{size} << EOD"]
    for n, (mode, median, low, high, cores) in enumerate(rows(run, size)):
        lines.append(" ".join([str(n), mode, f"{median:.2f}", f"{low:.2f}", f"{high:.2f}",
                               COLOURS.get(mode, "#555555").replace("#", "0x")]
                              + [f"{c:.2f}" for c in cores]))
    return "\n".join(lines + ["EOD", ""])


def throughput(run, size):
    offered = statistics.median(r["offered_mbps"] for r in run.results if r["size"] == size)
    top = offered * 1.18
    return f"""
set title "{size} bytes" font ",15"
set ylabel "Mb/s received, both VMs"
set yrange [0:{top:.2f}]
unset key
set arrow 1 from graph 0, first {offered:.2f} to graph 1, first {offered:.2f} nohead dt 2 lc rgb "#666666"
set label 1 "offered" at graph 0.01, first {offered:.2f} left offset 0,0.6 tc rgb "#666666" font ",10"
plot $size{size} using 1:3:(0.72):6:xtic(2) with boxes fs solid 1 noborder lc rgb variable, \\
     "" using 1:4:(0):($5-$4) with vectors heads size graph 0.012,90 lw 1.6 lc rgb "#222222", \\
     "" using 1:5:(sprintf("%.3g", $3)) with labels offset 0,0.8 font ",11" tc rgb "#222222"
unset arrow 1
unset label 1
"""


def packets(run, size, key):
    cores = len(run.results[0]["core_packets"])
    vms = {vm["core"]: vm["id"] for vm in run.conf["vm"]}
    parts = []
    for core in range(cores):
        above = "+".join(f"${7 + c}" for c in range(core + 1))
        name = f"core {core} (VM {vms[core]})" if core in vms else f"core {core}"
        parts.append((above, CORES[core % len(CORES)], name))
    # Tallest first: each lower sum is drawn over it.
    plot = ", \\\n     ".join(
        f'{chr(36)}size{size} using 1:({above}):(0.72){":xtic(2)" if not n else ""} with boxes fs solid 1 '
        f'noborder lc rgb "{colour}" title "{name}"'
        for n, (above, colour, name) in enumerate(reversed(parts)))
    return f"""
unset title
set ylabel "packets processed per core, thousands"
set yrange [0:*]
{'set key at screen 0.5, screen 0.04 center center horizontal maxcols 4 Left reverse samplen 1.5 width 3' if key else 'unset key'}
plot {plot}
"""


def script(run, path):
    sizes = sorted(run.sizes)
    text = "".join(datablock(run, size) for size in sizes)
    width = 560 * len(sizes) + 60
    about = f"Linux {run.about['kernel']}, {run.about['nic']}"
    title = about if len(sizes) == 1 else f"Receive throughput and where softirqs ran — {about}"
    text += f"""
set terminal pngcairo size {width},1040 font "DejaVu Sans,11" background rgb "white"
set output "{path}"
set multiplot title "{title}" noenhanced font ",17"
set border 3 lc rgb "#888888"
set tics nomirror out tc rgb "#333333"
set grid ytics lc rgb "#e2e2e2" lt 1
set xtics rotate by -35 left
set xrange [-0.6:{len(run.modes) - 0.4}]
set lmargin at screen 0
"""
    for n, size in enumerate(sizes):
        left, right = (n * 560 + 90) / width, (n * 560 + 570) / width
        text += f"set lmargin at screen {left:.4f}\nset rmargin at screen {right:.4f}\n"
        text += "set tmargin at screen 0.885\nset bmargin at screen 0.565" + throughput(run, size)
        text += "set tmargin at screen 0.455\nset bmargin at screen 0.145" + packets(run, size, n == len(sizes) // 2)
    return text + "unset multiplot\n"


def draw(run, path):
    subprocess.run(["gnuplot"], input=script(run, path), text=True, check=True)
