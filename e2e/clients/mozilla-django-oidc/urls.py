from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import include, path


def index(request):
    if not request.user.is_authenticated:
        return HttpResponse('<a href="/oidc/authenticate/">Sign in</a>')
    field = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
    form = f'<form method="post" action="/oidc/logout/">{field}<button>Sign out</button></form>'
    return HttpResponse(f"Hello {request.user.email}. {form}")


def token(request):
    return JsonResponse({"access_token": request.session["oidc_access_token"]})


urlpatterns = [path("", index), path("refresh", token), path("oidc/", include("mozilla_django_oidc.urls"))]
