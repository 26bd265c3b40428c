"""The pages that a link opens: a few files, no cookie, nothing from elsewhere.

The secret stands behind the `#` of the address, which no browser sends: the script hands it to the
API as a credential. So it is in no log of a server and in no referrer.
"""

from __future__ import annotations

from importlib import resources

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_FILES = {
    "/answer": ("answer.html", "text/html"),
    "/answer.js": ("answer.js", "text/javascript"),
    "/answer.css": ("answer.css", "text/css"),
    "/bids": ("bids.html", "text/html"),
    "/bids.js": ("bids.js", "text/javascript"),
}


async def _page(request: Request) -> Response:
    name, media_type = _FILES[request.url.path]
    text = (resources.files("serving.api") / "static" / name).read_text(encoding="utf-8")
    return Response(text, headers=_HEADERS, media_type=media_type)


PAGES = [Route(path, _page, methods=["GET"], include_in_schema=False) for path in _FILES]
"""Routes that need no key."""
