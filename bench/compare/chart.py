"""A bar chart of compare.json's rows as SVG: a group of bars per shape, a logarithmic axis."""
import math
from xml.sax.saxutils import escape

COLOURS = ("#1b6ca8", "#e08a1e", "#3a9d5d", "#b23a48", "#7d5ba6", "#8a6d3b", "#5f6b73")
LEFT, WIDTH, RIGHT, BAR, GAP, TOP = 150, 560, 190, 16, 14, 56


def label(milliseconds):
    return f"{milliseconds:.3g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.3g} s"


def bar(row, y, low, high, colour):
    """The elements of one row: its name, its bar or the reason why there is none, its number."""
    name = f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(row["peer"])}</text>'
    if "iteration_s" not in row:
        return [name, f'<text x="{LEFT + 4}" y="{y + 12}" fill="#777">{escape(row["note"])}</text>']
    value = max(1e3 * row["iteration_s"], low)
    width = max(1.0, WIDTH * math.log(value / low) / math.log(high / low))
    times = f', {row["times_emix"]:.1f} x' if row["peer"] != "emix" and "times_emix" in row else ""
    doubt = "" if row.get("agrees", True) else ", another result"
    return [name,
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{colour}"/>',
            f'<text x="{LEFT + width + 5:.1f}" y="{y + 12}">{label(value)}{times}{doubt}</text>']


def axis(low, high, bottom):
    elements = []
    value = low
    while value <= high * 1.001:
        x = LEFT + WIDTH * math.log(value / low) / math.log(high / low)
        elements.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom}" '
                        'stroke="#ddd"/>')
        elements.append(f'<text x="{x:.1f}" y="{TOP - 10}" text-anchor="middle" '
                        f'fill="#777">{label(value)}</text>')
        value *= 10
    return elements


def write(path, rows, title):
    values = [1e3 * row["iteration_s"] for row in rows if row.get("iteration_s", 0) > 0]
    if not values:
        return
    low = 10.0 ** math.floor(math.log10(min(values)) - 0.3)
    high = 10.0 ** max(math.ceil(math.log10(max(values))), math.log10(low) + 1)
    peers = list(dict.fromkeys(row["peer"] for row in rows))
    bars, y, shape = [], TOP, None
    for row in rows:
        if row["shape"] != shape:
            y += GAP if shape is not None else 0
            shape = row["shape"]
            bars.append(f'<text x="12" y="{y + 12}" font-weight="bold">{escape(shape)}</text>')
        bars += bar(row, y, low, high, COLOURS[peers.index(row["peer"]) % len(COLOURS)])
        y += BAR
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + RIGHT}" '
             f'height="{y + 20}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="12" y="22" font-size="15">{escape(title)}</text>']
    lines += axis(low, high, y) + bars + ["</svg>"]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
