"""Starts the sample: makes its database where there is none, and serves it at http://localhost:8000/."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command
from django.core.management.base import SystemCheckError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sample.settings")

if __name__ == "__main__":
    try:
        django.setup()
        call_command("check", "--tag", "logto")
        call_command("migrate", verbosity=0)
    except SystemCheckError as error:
        sys.exit(f"The sample cannot start. {error}\nThe variables are in examples/django/README.md.")
    call_command("runserver", f"127.0.0.1:{os.environ.get('PORT', '8000')}", use_reloader=False)
