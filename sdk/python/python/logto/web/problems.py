"""What went wrong, in words for the person in front of the browser."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Dict, Iterable, Literal, Optional, Tuple

from ..LogtoException import (
    ConfigurationError,
    IdTokenError,
    InsufficientScope,
    LogtoException,
    NetworkError,
    ProviderError,
    ReauthenticationRequired,
    SignInCallbackError,
    TokenError,
)

Language = Literal["en", "zh-CN"]
Kind = Literal[
    "cancelled", "not_finished", "sign_in_required", "forbidden", "server_away", "still_signed_in_there", "misconfigured", "failed"
]

RETRY_AFTER = 5
MAX_SAID = 300

_STATUS: Dict[Kind, int] = {
    "cancelled": 400,
    "not_finished": 400,
    "sign_in_required": 401,
    "forbidden": 403,
    "server_away": 503,
    "still_signed_in_there": 503,
    "misconfigured": 500,
    "failed": 502,
}
_WORDS: Dict[Language, Dict[Kind, Tuple[str, str]]] = {
    "en": {
        "cancelled": ("You have not signed in", "The sign-in was cancelled or refused. You can try again at any time."),
        "not_finished": (
            "This sign-in cannot be finished",
            "It was started in another browser, took too long, or is finished already. Please start again.",
        ),
        "sign_in_required": ("Please sign in", "This page is for people who are signed in."),
        "forbidden": ("You may not see this page", "You are signed in, but your account has no permission for this page."),
        "server_away": (
            "Sign-in is not available right now",
            "The server that knows who you are does not answer. You have not been signed out; please try again in a moment.",
        ),
        "still_signed_in_there": (
            "You have signed out of this application",
            "The sign-in server does not answer, so you may still be signed in there. On a shared computer, close the browser.",
        ),
        "misconfigured": (
            "Sign-in is not set up correctly",
            "The people who run this application can find the reason in its log.",
        ),
        "failed": (
            "The sign-in server gave an answer that this application cannot use",
            "Please try again. If it happens again, tell the people who run this application.",
        ),
    },
    "zh-CN": {
        "cancelled": ("您尚未登录", "登录已取消或被拒绝。您可以随时重试。"),
        "not_finished": ("无法完成这次登录", "它可能是在另一个浏览器中开始的、已超时，或者已经完成。请重新开始。"),
        "sign_in_required": ("请先登录", "登录后才能查看此页面。"),
        "forbidden": ("您无权查看此页面", "您已登录，但您的账户没有此页面的权限。"),
        "server_away": ("暂时无法登录", "负责确认您身份的服务器没有响应。您并未退出登录，请稍后再试。"),
        "still_signed_in_there": (
            "您已退出此应用",
            "登录服务器没有响应，因此您可能仍在那里保持登录。如果使用的是公用电脑，请关闭浏览器。",
        ),
        "misconfigured": ("登录设置有误", "此应用的管理人员可以在日志中找到原因。"),
        "failed": ("登录服务器的响应无法使用", "请重试。如果问题再次出现，请告知此应用的管理人员。"),
    },
}
# RFC 6749 section 4.1.2.1, RFC 8707 section 2: the person can do nothing about these.
_WRONG_REQUEST = ("invalid_request", "invalid_scope", "invalid_target", "unauthorized_client", "unsupported_response_type")
_AWAY = ("server_error", "temporarily_unavailable")
_ACTIONS: Dict[Language, Tuple[str, str]] = {"en": ("Sign in", "To the first page"), "zh-CN": ("登录", "返回首页")}


@dataclass(frozen=True)
class Problem:
    """A page that says what went wrong.

    :ivar code: stable, for programs and for support; says nothing secret.
    :ivar can_sign_in: whether a new sign-in would help.
    """

    kind: Kind
    status: int
    code: str
    title: str
    text: str
    language: Language
    can_sign_in: bool

    @property
    def sign_in_label(self) -> str:
        return _ACTIONS[self.language][0]

    @property
    def home_label(self) -> str:
        return _ACTIONS[self.language][1]

    @property
    def headers(self) -> Dict[str, str]:
        """Headers that belong to the answer."""
        found = {"Cache-Control": "no-store", "Content-Language": self.language}
        return {**found, "Retry-After": str(RETRY_AFTER)} if self.status == 503 else found

    def json(self) -> Dict[str, object]:
        """For callers that do not want a page."""
        return {"error": self.code, "error_description": f"{self.title}. {self.text}" if self.language == "en" else self.title}


def problem(kind: Kind, code: Optional[str] = None, accept_language: Iterable[str] = ()) -> Problem:
    """The words for a kind of problem.

    :param accept_language: the languages that the browser asks for, the best first.
    """
    language = _language(accept_language)
    title, text = _WORDS[language][kind]
    can_sign_in = kind in ("cancelled", "not_finished", "sign_in_required")
    return Problem(kind, _STATUS[kind], code or kind, title, text, language, can_sign_in)


def problem_of(error: LogtoException, accept_language: Iterable[str] = ()) -> Problem:
    """The words for an exception."""
    return problem(_kind_of(error), error.code, accept_language)


def level_of(found: Problem) -> int:
    """The level of its line in the log: what visitors cause themselves is no error of the application."""
    return logging.INFO if found.status < 500 else logging.ERROR


def for_log(error: LogtoException) -> str:
    """One line with the provider's own words, the code and the next step. Visitors can write into a callback's address, so they are short,
    and never a line of their own.
    """
    said = f"{error}: {error.description}" if error.description and error.description not in str(error) else str(error)
    text = f"{said[:MAX_SAID]} ({error.code[:MAX_SAID]}). {error.next_step}"
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def callback_kind(error: SignInCallbackError) -> Kind:
    """What an unfinished sign-in is: the person's affair, the provider's, or one of whoever set the application up."""
    if error.code.startswith(("sign_in_session.", "callback.")):
        return "not_finished"
    if error.code in _AWAY:
        return "server_away"
    return "misconfigured" if error.code in _WRONG_REQUEST else "cancelled"


def _kind_of(error: LogtoException) -> Kind:
    if isinstance(error, SignInCallbackError):
        return callback_kind(error)
    if isinstance(error, ReauthenticationRequired) or error.code == "access_token.not_found":
        return "sign_in_required"
    if isinstance(error, InsufficientScope):
        return "forbidden"
    if isinstance(error, TokenError):
        return "sign_in_required"
    if isinstance(error, NetworkError) or (isinstance(error, ProviderError) and (error.status or 0) in (429, 500, 502, 503, 504)):
        return "server_away"
    if isinstance(error, IdTokenError):
        return "failed"
    return "misconfigured" if isinstance(error, ConfigurationError) or error.code == "invalid_client" else "failed"


def _language(accepted: Iterable[str]) -> Language:
    for tag in accepted:
        start = tag.lower().split("-")[0]
        if start == "zh":
            return "zh-CN"
        if start == "en":
            return "en"
    return "en"
