"""Sites with an RSL licence: a licence file, and the line of robots.txt that names it."""

from __future__ import annotations

from dataclasses import replace

from newsroom.responses import SiteResponse, text_response
from newsroom.sites.base import Site

LICENSE_PATH = "/licence/rsl.xml"
LICENSE_TYPE = "application/rsl+xml"
_LICENSE = """<?xml version="1.0" encoding="UTF-8"?>
<rsl xmlns="https://rslstandard.org/rsl">
  <content url="/">
    <license>
      <permits type="usage">search ai-input</permits>
      <prohibits type="usage">ai-train</prohibits>
      <payment type="free"/>
    </license>
  </content>
</rsl>
"""


def license_response() -> SiteResponse:
    """Returns the licence: search and input to AI are permitted, training is not."""
    return text_response(_LICENSE, content_type=LICENSE_TYPE)


def add_license_line(response: SiteResponse, site: Site) -> SiteResponse:
    """Returns a robots.txt with the License line at its top."""
    line = f"License: {site.home.rstrip('/')}{LICENSE_PATH}\n"
    return replace(response, body=line.encode() + response.body)
