"""Pictures of reports, drawn on the server: pure functions from figures to SVG, coloured by `reports.css`."""

from newsletter.web.studio.charts.growth import draw_growth
from newsletter.web.studio.charts.shares import Share, shares
from newsletter.web.studio.charts.timeline import draw_timeline

__all__ = ["Share", "draw_growth", "draw_timeline", "shares"]
