"""What is kept of people: the co-op's register, one's own data, files to take away, erasure."""

from django.urls import path

from privacy import views

app_name = "privacy"
urlpatterns = [
    path("our-co-op/privacy/", views.register, name="register"),
    path("our-co-op/privacy/recipients/", views.recipients, name="recipients"),
    path("our-co-op/privacy/recipients/erase/", views.recipients_erase, name="recipients-erase"),
    path("our-co-op/privacy/recipients/export/", views.recipients_export, name="recipients-export"),
    path("our-co-op/privacy/export/", views.export_whole, name="export-whole"),
    path("me/data/", views.mine, name="mine"),
    path("me/data/export/", views.export_mine, name="export-mine"),
    path("exports/<str:token>/", views.export_download, name="export-download"),
    path("people/<int:person_id>/erase/", views.person_erase, name="person-erase"),
]
