"""Checks of each request before any page sees it: for this host, from this origin, with the cookie, and small."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader.serve.access import Access
from grader.serve.site import ServedSite

ENTRANCE = "/enter"
LARGEST_BODY = 64 * 1024  # bytes of a form
FORM = "application/x-www-form-urlencoded"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send forms with the origin "null"
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

WRONG_HOST = "this server has another name: open the address that grade serve printed"
WRONG_ORIGIN = "this was asked by a page of another server, and is refused"
NOT_LET_IN = (
    "this browser is not let in: open the link that grade serve printed. It works once; for a new one, end grade serve "
    "with Ctrl-C and type it again"
)
NO_FORM = "this is no form of these pages: go back, load the page again, and send its form"


class Guard:
    """An application behind checks of each request, with strict headers on each answer.

    Parameters
    ----------
    pages : ASGI application
    site : ServedSite
    access : Access
    """

    def __init__(self, pages: ASGIApp, site: ServedSite, access: Access) -> None:
        self._pages, self._site, self._access = pages, site, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with a sentence."""
        if scope["type"] != "http":  # nothing here speaks by web sockets
            return
        status, refusal = self._refusal(scope)
        answer = PlainTextResponse(refusal + "\n", status) if refusal else self._pages
        await answer(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        """Return a status and why a request is refused; an empty sentence if it is not."""
        headers, changes = Headers(scope=scope), scope["method"] not in ("GET", "HEAD")
        if [host.lower() for host in headers.getlist("host")] not in [[host] for host in self._site.hosts]:
            return 421, WRONG_HOST
        if (changes or "origin" in headers) and headers.get("origin") not in self._site.origins:
            return 403, WRONG_ORIGIN
        cookie = cookie_parser(headers.get("cookie", "")).get(self._site.cookie, "")
        if scope["path"] != ENTRANCE and not self._access.is_let_in(cookie):
            return 403, NOT_LET_IN
        if changes and not _is_small_form(headers):
            return 413, NO_FORM
        return 200, ""


def _is_small_form(headers: Headers) -> bool:
    length = headers.get("content-length", "")
    is_form = headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    return is_form and length.isascii() and length.isdigit() and int(length) <= LARGEST_BODY


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return send_with_headers
