"""The few pages that belong to no dialect: the front page, and the answers to addresses that lead nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import defaults
from django.views.decorators.http import require_safe

from api.openapi import Document


@require_safe
def index(request: HttpRequest, documents: Sequence[Document]) -> HttpResponse:
    """Tell a visitor what this is and where to go; `documents` are those of the dialects."""
    base_url = f"{request.scheme}://{request.get_host()}"
    dialects = [{"document": document, "example": document.example(base_url)} for document in documents]
    return render(request, "index.html", {"dialects": dialects})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer programs in JSON and people in the admin with a page."""
    if _is_admin(request):
        return defaults.page_not_found(request, exception)
    return JsonResponse({"detail": "Not Found"}, status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_admin(request):
        return defaults.bad_request(request, exception)
    return JsonResponse({"detail": "Bad Request"}, status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_admin(request):
        return defaults.server_error(request)
    return JsonResponse({"detail": "Internal Server Error"}, status=500)


def _is_admin(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:index"))
