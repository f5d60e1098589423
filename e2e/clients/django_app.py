"""Serves the Django project of a folder, with a database in memory."""

import os
import sys

import django
from django.core.management import call_command

sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()
call_command("migrate", verbosity=0)
# The database is that of this thread.
call_command("runserver", f"localhost:{os.environ['PORT']}", use_reloader=False, use_threading=False, use_ipv6=False)
