"""A picture of reports: one bar for each contender, as SVG that reads on light and on dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from benchmarks.report import Report, Row, spelled

WIDTH: Final = 960
BAR_LEFT: Final = 290
BAR_WIDTH: Final = 280
BAR_HEIGHT: Final = 16
LINE: Final = 26
MOST_GAPS: Final = 3
"""How many gaps have room beside a bar."""
STYLE: Final = """
text { font-family: system-ui, sans-serif; font-size: 13px; fill: #1f2328; }
.title { font-weight: 600; }
.gaps { font-size: 11px; fill: #9a3412; }
.small { font-size: 11px; fill: #59636e; }
.bar { fill: #8c959f; }
.ours { fill: #0969da; }
.floor { fill: #d0d7de; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .gaps { fill: #f0a06e; }
  .small { fill: #9198a1; }
  .bar { fill: #6e7681; }
  .ours { fill: #4493f8; }
  .floor { fill: #3d444d; }
}
"""


def picture(reports: Sequence[Report], caption: str = "") -> str:
    """Draw *reports* below each other, each with a scale of its own, and *caption* below all."""
    body: list[str] = []
    top = 10
    for report in reports:
        body += _drawn(report, top)
        top += LINE * (len(report.rows) + len(_remarks(report)) + 2)
    body.append(_text(10, top, caption, "small"))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + 12}" width="{WIDTH}" role="img">',
            f"<title>{escape('; '.join(report.title for report in reports))}</title>",
            f"<style>{STYLE}</style>",
            *body,
            "</svg>\n",
        ]
    )


def _drawn(report: Report, top: int) -> Iterator[str]:
    yield _text(10, top + 16, report.title, "title")
    longest = max(row.median for row in report.rows)
    for number, row in enumerate(report.rows, start=1):
        y = top + LINE * number + 6
        length = max(1.0, BAR_WIDTH * row.median / longest)
        yield _text(BAR_LEFT - 10, y + 13, row.name, "", "end")
        size = f'x="{BAR_LEFT}" y="{y}" width="{length:.1f}" height="{BAR_HEIGHT}"'
        yield f'<rect class="{_kind(report, row)}" {size} rx="2"/>'
        figure = f"{spelled(row.median)} · {row.ratio:.2f} x{_rate(row)}"
        yield _text(BAR_LEFT + length + 8, y + 13, figure)
        if row.gaps:
            # What a contender lets through stands beside its number: it has not done the same work.
            remark = f"accepts: {_few(row.gaps)}"
            yield _text(BAR_LEFT + length + 8 + 7 * len(figure) + 6, y + 13, remark, "gaps")
    for number, remark in enumerate(_remarks(report), start=len(report.rows) + 1):
        yield _text(BAR_LEFT, top + LINE * number + 19, remark)


def _rate(row: Row) -> str:
    """Write what of a row's figures has room beside its bar."""
    if "requests per second" not in row.figures:
        return ""
    return f" · {row.figures['requests per second']:,.0f}/s · p99 {row.figures['p99 ms']:.1f} ms"


def _remarks(report: Report) -> list[str]:
    facts = [f"{name}: {value:,}" for name, value in (report.facts or {}).items()]
    return [*facts, *(f"absent: {who}" for who in report.absent)]


def _kind(report: Report, row: Row) -> str:
    if row.name == report.floor:
        return "bar floor"
    return "bar ours" if "cogauth" in row.name else "bar"


def _few(gaps: Sequence[str]) -> str:
    return ", ".join(gaps) if len(gaps) <= MOST_GAPS else f"{', '.join(gaps[:2])} and {len(gaps) - 2} more"


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
