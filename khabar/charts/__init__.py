"""Charts over days: which days the crawl missed, and the drawing, as SVG and PNG. Pure: no SQL,
no network.
"""
