"""Letting in: one browser by the printed link, and forms that this server has handed out, each once."""

import hmac
import secrets
import threading
from collections import OrderedDict

MOST_FORMS = 1000  # open at the same time; the oldest ones are void


class Access:
    """The one-time token of the link, the cookie that it becomes, and the tokens of open forms."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self._cookie = secrets.token_urlsafe(32)
        self._is_used = False
        self._forms: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def enter(self, token: str) -> str:
        """Return the cookie for the right token, the first time; afterwards, and for another one, nothing."""
        with self._lock:
            if self._is_used or not _is_same(token, self.token):
                return ""
            self._is_used = True
            return self._cookie

    def is_let_in(self, cookie: str) -> bool:
        """Return whether a cookie is the one that the token became."""
        return self._is_used and _is_same(cookie, self._cookie)

    def new_form(self) -> str:
        """Return the token of a form that is handed out now."""
        form = secrets.token_urlsafe(24)
        with self._lock:
            self._forms[form] = None
            if len(self._forms) > MOST_FORMS:
                self._forms.popitem(last=False)
        return form

    def take_form(self, form: str) -> bool:
        """Return whether a form was handed out and comes back for the first time."""
        with self._lock:
            return self._forms.pop(form, self) is None


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
