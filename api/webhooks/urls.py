"""Where providers deliver to; each address carries the account whose secret signs what comes there."""

from django.urls import path

from api.webhooks import views

urlpatterns = [
    path("webhooks/elevenlabs/<uuid:account_id>", views.elevenlabs, name="webhook-elevenlabs"),
    path("webhooks/whatsapp/<uuid:account_id>", views.whatsapp, name="webhook-whatsapp"),
    path("webhooks/email/<uuid:account_id>", views.email, name="webhook-email"),
]
