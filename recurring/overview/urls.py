"""How the co-op's month goes."""

from django.urls import path

from recurring.overview import views

app_name = "overview"
urlpatterns = [path("", views.month, name="month")]
