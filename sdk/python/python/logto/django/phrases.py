"""What this application says to people, in English and 简体中文."""

from __future__ import annotations

from typing import Dict

from django.utils.translation import get_language

ENGLISH = {
    "session_required": "Please sign in.",
    "unavailable_title": "We cannot check your sign-in right now",
    "unavailable_text": "The sign-in service does not answer. You are still signed in; please try again in a moment.",
    "cancelled_title": "You have not signed in",
    "cancelled_text": "The sign-in was cancelled or refused. You can try it again.",
    "unknown_title": "This sign-in cannot be finished here",
    "unknown_text": "It was started in another browser, has been finished already, or took too long.",
    "failed_title": "The sign-in did not work",
    "failed_text": "The sign-in service gave an answer that cannot be used. The administrators find the reason in the log.",
    "refused_title": "No access",
    "refused_text": "You have signed in, but there is no account for you in this application.",
    "staff_title": "No access to this area",
    "staff_text": "Your account may not use the administration.",
    "sign_out_title": "Sign out?",
    "sign_out_text": "You will be signed out of this application and of the sign-in service.",
    "local_title": "You are signed out here",
    "local_text": "The sign-in service does not answer, so you may still be signed in there.",
    "sign_out": "Sign out",
    "again": "Sign in again",
    "home": "To the first page",
}
CHINESE = {
    "session_required": "请先登录。",
    "unavailable_title": "暂时无法确认您的登录状态",
    "unavailable_text": "登录服务没有响应。您仍处于登录状态，请稍后再试。",
    "cancelled_title": "您尚未登录",
    "cancelled_text": "登录已取消或被拒绝，您可以重试。",
    "unknown_title": "无法在此完成登录",
    "unknown_text": "此次登录是在其他浏览器中开始的、已经完成，或用时过长。",
    "failed_title": "登录未成功",
    "failed_text": "登录服务返回了无法使用的结果，管理员可在日志中查看原因。",
    "refused_title": "无法访问",
    "refused_text": "您已登录，但此应用中没有您的账户。",
    "staff_title": "无权访问此区域",
    "staff_text": "您的账户不能使用管理后台。",
    "sign_out_title": "要退出登录吗？",
    "sign_out_text": "您将退出此应用和登录服务。",
    "local_title": "您已在此退出登录",
    "local_text": "登录服务没有响应，您在该服务上可能仍处于登录状态。",
    "sign_out": "退出登录",
    "again": "重新登录",
    "home": "返回首页",
}


def phrases() -> Dict[str, str]:
    """Those of the active language."""
    return CHINESE if (get_language() or "").lower().startswith("zh") else ENGLISH
