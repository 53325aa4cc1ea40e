"""The pages and their addresses."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from grader.errors import DeepgradeError, NotFoundError
from grader.printable import safe
from grader.report.pages.class_view import attention, people
from grader.report.pages.html import environment
from grader.serve.access import Access
from grader.serve.forms import KINDS, FormError, decision_of, fields_of
from grader.serve.guard import ENTRANCE, NOT_LET_IN, Guard
from grader.serve.progress_view import page_of, progress_view
from grader.serve.served_class import RunUnderWayError, ServedClass
from grader.serve.site import ServedSite

SEE_OTHER = 303
STATUS = {NotFoundError: 404, RunUnderWayError: 409}
USED_FORM = "this form was sent already, or is too old: look at what became of it, then fill in the one here"


def application(served: ServedClass, site: ServedSite, access: Access) -> ASGIApp:
    """Return the pages of a class, guarded.

    Parameters
    ----------
    served : ServedClass
    site : ServedSite
    access : Access

    Returns
    -------
    ASGI application
    """
    pages = Pages(served, site, access)
    routes = [
        Route(ENTRANCE, pages.enter),
        Route("/", pages.progress),
        Route("/table", pages.table),
        Route("/student", pages.person),
        Route("/adjust", pages.adjust, methods=["POST"]),
        Route("/regrade", pages.regrade, methods=["POST"]),
        Route("/regraded", pages.regraded),
        Route("/refresh.js", pages.script),
    ]
    return Guard(Starlette(routes=routes, exception_handlers={DeepgradeError: pages.error}), site, access)


class Pages:
    """Answers of each address.

    Parameters
    ----------
    served : ServedClass
    site : ServedSite
    access : Access
    """

    def __init__(self, served: ServedClass, site: ServedSite, access: Access) -> None:
        self._served, self._site, self._access = served, site, access
        self._notice = ""

    def enter(self, request: Request) -> Response:
        """Turn the link's token into a cookie, once."""
        cookie = self._access.enter(request.query_params.get("token", "")) if request.method == "GET" else ""
        if not cookie:
            return PlainTextResponse(NOT_LET_IN + "\n", 403)
        answer = RedirectResponse("/", SEE_OTHER)
        secure = self._site.is_encrypted
        answer.set_cookie(self._site.cookie, cookie, path="/", httponly=True, samesite="strict", secure=secure)
        return answer

    def progress(self, request: Request) -> Response:
        """Show how far the run is."""
        run, is_running = self._served.progress()
        return self._page("progress.html", run=progress_view(run, is_running=is_running))

    def table(self, request: Request) -> Response:
        """Show the class."""
        facts = self._served.facts()
        names = [unit.name for unit in facts.units]
        return self._page("table.html", people=[*people(facts)], attention=[*attention(facts)], unit_names=names)

    def person(self, request: Request) -> Response:
        """Show a student's unit."""
        asked = request.query_params
        return self._person(asked.get("student", ""), asked.get("unit", ""))

    async def adjust(self, request: Request) -> Response:
        """Store a decision."""
        return await self._posted(request, self._adjusted)

    async def regrade(self, request: Request) -> Response:
        """Start grading a submission again."""
        return await self._posted(request, self._started)

    def regraded(self, request: Request) -> Response:
        """Show the latest regrade as it stands."""
        latest = self._served.regrader.latest()
        if latest is None:
            raise NotFoundError("nothing was graded again here so far", "a student's page has the form for it")
        return self._page("regrade.html", regrade=latest, page=page_of(latest.student, latest.unit))

    def script(self, request: Request) -> Response:
        """Return the script that refreshes what changes."""
        source = files("grader.serve").joinpath("templates/refresh.js").read_text(encoding="utf-8")
        return Response(source, media_type="text/javascript")

    def error(self, request: Request, error: Exception) -> Response:
        """Show what is wrong, and what to do."""
        assert isinstance(error, DeepgradeError)
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return self._page("error.html", status, message=safe(error.message), hint=safe(error.hint))

    async def _posted(self, request: Request, change: Callable[[Mapping[str, str]], Response]) -> Response:
        fields = fields_of(await request.body())
        return await run_in_threadpool(self._changed, fields, change)

    def _changed(self, fields: Mapping[str, str], change: Callable[[Mapping[str, str]], Response]) -> Response:
        """Return what a change answers; the page again if the form is not one that this server has handed out."""
        if not self._access.take_form(fields.get("form", "")):
            return self._person(fields.get("student", ""), fields.get("unit", ""), 403, problem=USED_FORM)
        return change(fields)

    def _adjusted(self, fields: Mapping[str, str]) -> Response:
        student, unit = fields.get("student", ""), fields.get("unit", "")
        try:
            decided = self._served.decide(student, unit, decision_of(fields))
        except FormError as error:
            return self._person(student, unit, 400, problem=error.message, entered=fields)
        self._notice = f"Stored: {'; '.join(decided.lines)}. {decided.change}"
        return RedirectResponse(page_of(student, unit), SEE_OTHER)

    def _started(self, fields: Mapping[str, str]) -> Response:
        self._served.regrade(fields.get("student", ""), fields.get("unit", ""))
        return RedirectResponse("/regraded", SEE_OTHER)

    def _person(
        self, student: str, unit: str, status: int = 200, *, problem: str = "", entered: Mapping[str, str] | None = None
    ) -> Response:
        page, notice = self._served.person(student, unit), self._notice
        self._notice = ""
        filled = {name: (entered or {}).get(name, "") for name in ("kind", "value", "reason")}
        forms = {name: self._access.new_form() for name in ("adjust", "take_back", "regrade")}
        return self._page(
            "person.html",
            status,
            person=page,
            view=page.view,
            kinds={kind.value: text for kind, text in KINDS.items()},
            notice=safe(notice),
            problem=problem,
            filled=filled,
            forms=forms,
        )

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        common = {"course": self._served.course.title, "template": template}
        text = environment("grader.serve").get_template(template).render(**common, **values)
        return HTMLResponse(text, status)
