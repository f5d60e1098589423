"""A website that signs its visitors in with mozilla-django-oidc."""

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command
