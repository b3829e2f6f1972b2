"""Import and export of standing orders."""

from django.urls import path

from recurring.importing import views

app_name = "importing"
urlpatterns = [
    path("import/", views.import_create, name="import-create"),
    path("import/example.csv", views.example, name="example"),
    path("import/<int:import_id>/", views.import_detail, name="import-detail"),
    path("import/<int:import_id>/make/", views.import_finish, name="import-finish"),
    path("export.csv", views.export, name="export"),
]
