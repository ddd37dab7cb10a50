"""Where the links in our emails lead; `targets.unsubscription.unsubscribe_url` writes them."""

from django.urls import path

from api.unsubscribe import views

urlpatterns = [path("unsubscribe/<str:token>", views.unsubscribe_page, name="unsubscribe")]
