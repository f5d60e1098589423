"""The authentication backend: which user of this project is somebody from Loggia?"""

from __future__ import annotations

import logging
from typing import Any, Dict, List, Optional

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models, router, transaction
from django.http import HttpRequest
from django.utils import timezone

from .._json import Json
from . import signals
from .configuration import option, texts
from .models import Account

Claims = Dict[str, Any]
ATTEMPTS = 3

_log = logging.getLogger("logto.django")


class LogtoBackend(ModelBackend):
    """Finds the user by the linked subject, and makes one at the first sign-in. Permissions are those of ``ModelBackend``.

    Subclass it and override :meth:`create_user`, :meth:`update_user` or :meth:`filter_users`. An e-mail address or a name never
    links anybody by itself.
    """

    def authenticate(
        self, request: Optional[HttpRequest], username: Optional[str] = None, password: Optional[str] = None, **credentials: Any
    ) -> Optional[AbstractBaseUser]:
        """
        :param credentials: ``logto_claims``, the claims of a verified ID token; anything else is for other backends.
        """
        claims: Optional[Claims] = credentials.get("logto_claims")
        if not isinstance(claims, dict):
            return None
        user = self._linked(claims) or self._link(request, claims)
        if user is None or not self.user_can_authenticate(user):
            return None
        self.update_user(user, claims)
        Account.objects.filter(issuer=claims["iss"], subject=claims["sub"]).update(last_sign_in_at=timezone.now())
        return user

    def filter_users(self, claims: Claims) -> models.QuerySet[Any, Any]:
        """The user of this project that a new subject is to be linked to, if exactly one is given. By default none: whoever can
        choose an address or a name at the provider would get the account of somebody else.
        """
        return get_user_model()._default_manager.none()

    def create_user(self, claims: Claims) -> Optional[AbstractBaseUser]:
        """Makes the user for a new subject; None refuses the sign-in."""
        model: Any = get_user_model()
        name = self._free_name(claims)
        if name is None:
            _log.warning("no user was made for %s: the name that the project asks for is missing or taken", claims["sub"])
            return None
        user: AbstractBaseUser = model(**{model.USERNAME_FIELD: name})
        user.set_unusable_password()
        self._apply(user, claims)
        user.save()
        return user

    def update_user(self, user: AbstractBaseUser, claims: Claims) -> AbstractBaseUser:
        """Brings the user up to date, at each sign-in and each renewal of the ID token: address, name, and rights by roles."""
        if self._apply(user, claims):
            user.save()
        return user

    def _linked(self, claims: Claims) -> Optional[AbstractBaseUser]:
        # Any: in django-stubs a query set's own type is `typing.Self`, which Python 3.10 has not.
        accounts: Any = Account.objects
        found: Optional[Account] = accounts.select_related("user").filter(issuer=claims["iss"], subject=claims["sub"]).first()
        return None if found is None else found.user

    def _link(self, request: Optional[HttpRequest], claims: Claims) -> Optional[AbstractBaseUser]:
        """Links a new subject. Of parallel first sign-ins one makes the user, and the others find it."""
        for _ in range(ATTEMPTS):
            try:
                with transaction.atomic(using=router.db_for_write(Account)):
                    # SQLite lets a transaction write that begins with it, and refuses one that has read before: "database is locked".
                    Account.objects.filter(pk=0).update(subject="")
                    candidates: Any = self.filter_users(claims)
                    existing: List[AbstractBaseUser] = list(candidates[:2])
                    created = not existing and bool(option("LOGTO_CREATE_USERS"))
                    user = existing[0] if len(existing) == 1 else self.create_user(claims) if created else None
                    if user is None:
                        return None
                    Account.objects.create(issuer=claims["iss"], subject=claims["sub"], user=user)
            except IntegrityError:
                linked = self._linked(claims)
                if linked is not None:
                    return linked
                continue
            if created:
                signals.user_created.send(sender=type(user), user=user, claims=claims, request=request)
            return user
        return None

    def _free_name(self, claims: Claims) -> Optional[str]:
        """A value for the model's ``USERNAME_FIELD`` that nobody has."""
        model: Any = get_user_model()
        if model.USERNAME_FIELD == model.get_email_field_name():
            wanted: List[Any] = [claims.get("email") if claims.get("email_verified") is True else None]
        else:
            name = claims.get("username")
            wanted = [name, f"{name}-{claims['sub'][:6]}" if name else None, claims["sub"]]
        length = model._meta.get_field(model.USERNAME_FIELD).max_length or 255
        for one in wanted:
            if one and len(one) <= length and not model._default_manager.filter(**{f"{model.USERNAME_FIELD}__iexact": one}).exists():
                return str(one)
        return None

    def _apply(self, user: AbstractBaseUser, claims: Claims) -> bool:
        """Sets what the claims say; whether anything is different."""
        new: Dict[str, Any] = {}
        email = user.get_email_field_name()
        if claims.get("email_verified") is True and email != _name_field(user):
            new[email] = claims.get("email") or ""
        if claims.get("name"):
            new["first_name"] = str(claims["name"])
        roles = {*_listed(claims, "roles"), *_listed(claims, "organization_roles")}
        for field, setting in (("is_staff", "LOGTO_STAFF_ROLES"), ("is_superuser", "LOGTO_SUPERUSER_ROLES")):
            # Not set: rights are given in Django, and a sign-in leaves them as they are.
            if texts(setting):
                new[field] = bool(roles & set(texts(setting)))
        return any([_set(user, name, value) for name, value in new.items()])


def _name_field(user: AbstractBaseUser) -> str:
    account: Any = user
    return str(account.USERNAME_FIELD)


def _listed(claims: Claims, name: str) -> List[str]:
    """A list in a claim; a claim of another shape gives nobody rights."""
    found: Json = claims.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _set(user: AbstractBaseUser, name: str, value: Any) -> bool:
    account: Any = user
    try:
        length = getattr(account._meta.get_field(name), "max_length", None)
    except FieldDoesNotExist:  # A user model of the project's own without this field.
        return False
    value = value[:length] if isinstance(value, str) and length else value
    if getattr(user, name) == value:
        return False
    setattr(user, name, value)
    return True
