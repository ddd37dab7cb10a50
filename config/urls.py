"""Every route. Deleting a dialect's folder and its lines here removes it; everything else still works."""

from django.contrib import admin
from django.urls import include, path

from api import health, pages
from api.agentalk.schema import DOCUMENT as AGENTALK
from api.anyreach.schema import DOCUMENT as ANYREACH
from api.umanize.schema import DOCUMENT as UMANIZE

DOCUMENTS = [UMANIZE, AGENTALK, ANYREACH]

urlpatterns = [
    path("", pages.index, {"documents": DOCUMENTS}, name="index"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("api.webhooks.urls")),
    path("", include("api.unsubscribe.urls")),
    path("", include("api.umanize.urls")),
    path("api/", include("api.agentalk.urls")),
    path("", include("api.anyreach.urls")),
    *(url for document in DOCUMENTS for url in document.urls()),
]

handler400 = pages.bad_request
handler404 = pages.not_found
handler500 = pages.server_error
